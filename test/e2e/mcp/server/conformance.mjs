// What the server scenarios of the MCP conformance suite ask for by name. Both generations of the SDK take it; what
// asks the client in the middle of a call is for the revisions up to 2025-11-25 alone.

import { setTimeout as sleep } from 'node:timers/promises'
import {
  CreateMessageResultSchema,
  ElicitResultSchema,
  SetLevelRequestSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'

const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=='
const silence = 'UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA='

const text = (value) => ({ type: 'text', text: value })
const image = { type: 'image', data: pixel, mimeType: 'image/png' }
const audio = { type: 'audio', data: silence, mimeType: 'audio/wav' }
const embedded = (uri, mimeType, value) => ({
  type: 'resource',
  resource: { uri, mimeType, text: value },
})

const titled = (name) => [1, 2, 3].map((at) => ({ const: `value${at}`, title: `${name} ${at}` }))
const plain = ['option1', 'option2', 'option3']

const defaultsForm = {
  name: { type: 'string', default: 'John Doe' },
  age: { type: 'integer', default: 30 },
  score: { type: 'number', default: 95.5 },
  status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
  verified: { type: 'boolean', default: true },
}

const enumsForm = {
  untitledSingle: { type: 'string', enum: plain },
  titledSingle: { type: 'string', oneOf: titled('Option') },
  legacyEnum: {
    type: 'string',
    enum: ['opt1', 'opt2', 'opt3'],
    enumNames: ['Option One', 'Option Two', 'Option Three'],
  },
  untitledMulti: {
    type: 'array',
    minItems: 1,
    maxItems: 3,
    items: { type: 'string', enum: plain },
  },
  titledMulti: { type: 'array', minItems: 1, maxItems: 3, items: { anyOf: titled('Choice') } },
}

const toolsOf =
  (server, schema) =>
  (name, run, given = {}) =>
    server.registerTool(
      name,
      { description: name, inputSchema: schema(given) },
      async (args, extra) => ({
        content: await run(args, extra),
      }),
    )

function registerTools(server, schema) {
  const add = toolsOf(server, schema)
  add('test_simple_text', () => [text('This is a simple text response for testing.')])
  add('test_image_content', () => [image])
  add('test_audio_content', () => [audio])
  add('test_embedded_resource', () => [
    embedded('test://embedded-resource', 'text/plain', 'This is an embedded resource content.'),
  ])
  add('test_multiple_content_types', () => [
    text('Multiple content types test:'),
    image,
    embedded(
      'test://mixed-content-resource',
      'application/json',
      JSON.stringify({ test: 'data', value: 123 }),
    ),
  ])
  add('test_error_handling', () => {
    throw new Error('This tool intentionally returns an error for testing')
  })
}

/** Tools that speak to the client before they answer. */
function registerTalkingTools(server, schema) {
  const add = toolsOf(server, schema)
  add('test_tool_with_logging', async (_, { sendNotification }) => {
    for (const data of [
      'Tool execution started',
      'Tool processing data',
      'Tool execution completed',
    ]) {
      await sendNotification({ method: 'notifications/message', params: { level: 'info', data } })
      await sleep(50)
    }
    return [text('done')]
  })
  add('test_tool_with_progress', async (_, { sendNotification, _meta }) => {
    const progressToken = _meta?.progressToken ?? 0
    for (const progress of [0, 50, 100]) {
      const params = { progressToken, progress, total: 100 }
      await sendNotification({ method: 'notifications/progress', params })
      await sleep(50)
    }
    return [text(String(progressToken))]
  })
  const elicit = async ({ sendRequest }, message, properties, required = []) => {
    const requestedSchema = { type: 'object', properties, required }
    const params = { message, requestedSchema }
    const given = await sendRequest({ method: 'elicitation/create', params }, ElicitResultSchema)
    return `action=${given.action}, content=${JSON.stringify(given.content ?? {})}`
  }
  const completed = (given) => [text(`Elicitation completed: ${given}`)]
  add(
    'test_sampling',
    async ({ prompt }, { sendRequest }) => {
      const messages = [{ role: 'user', content: text(prompt) }]
      const given = await sendRequest(
        { method: 'sampling/createMessage', params: { messages, maxTokens: 100 } },
        CreateMessageResultSchema,
      )
      return [text(`LLM response: ${given.content.text}`)]
    },
    { prompt: z.string() },
  )
  add(
    'test_elicitation',
    async ({ message }, extra) => [
      text(
        `User response: ${await elicit(extra, message, { response: { type: 'string' } }, ['response'])}`,
      ),
    ],
    { message: z.string() },
  )
  add('test_elicitation_sep1034_defaults', async (_, extra) =>
    completed(await elicit(extra, 'Please review the defaults', defaultsForm)),
  )
  add('test_elicitation_sep1330_enums', async (_, extra) =>
    completed(await elicit(extra, 'Please select', enumsForm)),
  )
}

function registerResources(server, ResourceTemplate) {
  const add = (name, uri, mimeType, contents) =>
    server.registerResource(name, uri, { mimeType }, (at, given) => ({
      contents: [{ uri: at.href, mimeType, ...contents(given) }],
    }))
  add('static-text', 'test://static-text', 'text/plain', () => ({
    text: 'This is the content of the static text resource.',
  }))
  add('static-binary', 'test://static-binary', 'image/png', () => ({ blob: pixel }))
  add('watched', 'test://watched-resource', 'text/plain', () => ({ text: 'Watched' }))
  const template = new ResourceTemplate('test://template/{id}/data', { list: undefined })
  add('template', template, 'application/json', ({ id }) => ({
    text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }),
  }))
}

function registerPrompts(server, schema) {
  const add = (name, shape, messages) =>
    server.registerPrompt(name, { description: name, argsSchema: schema(shape) }, (given) => ({
      messages: messages(given).map((content) => ({ role: 'user', content })),
    }))
  add('test_simple_prompt', {}, () => [text('This is a simple prompt for testing.')])
  add('test_prompt_with_arguments', { arg1: z.string(), arg2: z.string() }, ({ arg1, arg2 }) => [
    text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`),
  ])
  add('test_prompt_with_embedded_resource', { resourceUri: z.string() }, ({ resourceUri }) => [
    embedded(resourceUri, 'text/plain', 'Embedded resource content for testing.'),
    text('Please process the embedded resource above.'),
  ])
  add('test_prompt_with_image', {}, () => [image, text('Please analyze the image above.')])
}

const noCompletion = () => ({ completion: { values: [], total: 0, hasMore: false } })

/** What a server of either generation has. `schema` makes of members what its SDK calls a schema. */
export function registerContent(server, { schema, ResourceTemplate, completion }) {
  registerTools(server, schema)
  registerResources(server, ResourceTemplate)
  registerPrompts(server, schema)
  server.server.setRequestHandler(completion, noCompletion)
}

/** The rest, for a server of SDK 1.x that has the capabilities logging and subscriptions. */
export function registerConversation(server, { schema }) {
  registerTalkingTools(server, schema)
  const nothing = () => ({})
  for (const request of [SetLevelRequestSchema, SubscribeRequestSchema, UnsubscribeRequestSchema])
    server.server.setRequestHandler(request, nothing)
}
