// The one script of the pages with passkeys. It asks the browser and fills in a form; what comes of that, the server decides.
//
// A form says what it is for: `data-passkey` ("get" or "create"), `data-url` (where options come from) or
// `data-options` (the options), `data-autofill` (offer passkeys where the name is typed). Its buttons and its
// words for a failure are hidden until they are of use: without script, or in a browser without passkeys, the page
// is as if there were none.

export const passkeyScript = `(() => {
  'use strict'
  const api = window.PublicKeyCredential
  // Level 3 of the standard: without it the values would have to be taken apart here.
  if (!api?.parseRequestOptionsFromJSON || !api.prototype.toJSON) return
  const renewal = 240000
  let running
  let pressed = false

  const ask = async (form, mediation) => {
    running?.abort()
    const own = new AbortController()
    running = own
    const { passkey: kind, url, options } = form.dataset
    const json = url ? await (await fetch(url)).json() : JSON.parse(options)
    if (own.signal.aborted) throw new DOMException('', 'AbortError')
    const publicKey =
      kind === 'create' ? api.parseCreationOptionsFromJSON(json) : api.parseRequestOptionsFromJSON(json)
    const wanted = { publicKey, signal: own.signal, ...(mediation && { mediation }) }
    const credential = await navigator.credentials[kind](wanted)
    form.elements.namedItem('passkey').value = JSON.stringify(credential)
    form.submit()
  }

  const offer = async (form) => {
    if (!(await api.isConditionalMediationAvailable?.())) return
    while (!pressed) {
      const timer = setTimeout(() => running.abort(), renewal)
      try {
        return await ask(form, 'conditional')
      } catch (problem) {
        if (problem.name !== 'AbortError') return
      } finally {
        clearTimeout(timer)
      }
    }
  }

  for (const form of document.querySelectorAll('form[data-passkey]')) {
    const words = form.querySelector('[data-problem]')
    for (const button of form.querySelectorAll('button[data-ask]')) {
      button.hidden = false
      button.addEventListener('click', async () => {
        pressed = true
        words.hidden = true
        try {
          await ask(form)
        } catch (problem) {
          words.hidden = problem.name === 'AbortError'
        }
      })
    }
    for (const part of form.querySelectorAll('[data-with-passkeys]')) part.hidden = false
    if ('autofill' in form.dataset) offer(form)
  }
})()
`
