import { describe, expect, test } from 'vitest'
import { isPageLoad, prefersHtml } from '../../../src/protocol/page-load.ts'
import { readHeaders } from '../../../src/protocol/raw-headers.ts'

const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'

describe('isPageLoad()', () => {
  test.each<[string, boolean, string, readonly string[]]>([
    ['a navigation', true, 'GET', ['Sec-Fetch-Mode', 'navigate', 'Sec-Fetch-Dest', 'document']],
    ['a navigation without Sec-Fetch-Dest', true, 'GET', ['Sec-Fetch-Mode', 'navigate']],
    ['a form sent by navigation', true, 'POST', ['Sec-Fetch-Mode', 'navigate']],
    ['an old browser by its Accept', true, 'GET', ['Accept', browser]],
    ['a fetch, whatever it accepts', false, 'GET', ['Sec-Fetch-Mode', 'cors', 'Accept', browser]],
    ['a same-origin fetch', false, 'GET', ['Sec-Fetch-Mode', 'same-origin', 'Accept', browser]],
    ['a frame', false, 'GET', ['Sec-Fetch-Mode', 'navigate', 'Sec-Fetch-Dest', 'iframe']],
    ['two modes', false, 'GET', ['Sec-Fetch-Mode', 'navigate', 'Sec-Fetch-Mode', 'cors']],
    [
      'XMLHttpRequest of an old browser',
      false,
      'GET',
      ['X-Requested-With', 'XMLHttpRequest', 'Accept', browser],
    ],
    ['curl', false, 'GET', ['Accept', '*/*']],
    ['a client without Accept', false, 'GET', []],
    ['a JSON client', false, 'GET', ['Accept', 'application/json, text/html;q=0.5']],
    ['a WebSocket handshake', false, 'GET', ['Upgrade', 'websocket', 'Sec-Fetch-Mode', 'navigate']],
    ['a preflight', false, 'OPTIONS', ['Accept', browser]],
    ['gRPC', false, 'POST', ['Content-Type', 'application/grpc+proto', 'Accept', browser]],
    [
      'a request with a token',
      false,
      'GET',
      ['Authorization', 'Bearer x', 'Sec-Fetch-Mode', 'navigate'],
    ],
  ])('tells %s: %s', (_, expected, method, headers) => {
    expect(isPageLoad(method, readHeaders(headers))).toBe(expected)
  })
})

describe('isPageLoad() where Authorization is the application’s', () => {
  const basic = ['Authorization', 'Basic YTpi']
  test.each<[string, boolean, readonly string[]]>([
    ['a navigation', true, [...basic, 'Sec-Fetch-Mode', 'navigate']],
    ['a fetch', false, [...basic, 'Sec-Fetch-Mode', 'cors', 'Accept', browser]],
    ['a handshake', false, [...basic, 'Sec-Fetch-Mode', 'navigate', 'Upgrade', 'websocket']],
    ['who does not say what it is', false, [...basic, 'Accept', browser]],
    ['a request without one', true, ['Accept', browser]],
  ])('tells %s: %s', (_, expected, headers) => {
    expect(isPageLoad('GET', readHeaders(headers), true)).toBe(expected)
  })
})

describe('prefersHtml()', () => {
  test.each([
    [browser, true],
    ['text/html', true],
    ['TEXT/HTML;level=1', true],
    ['text/html;q=0', false],
    ['text/*', false],
    ['*/*, application/json', false],
    ['application/json, text/html', false],
    ['text/html, application/json', true],
    ['text/html;q=0.4, application/json;q=0.5', false],
    ['text/html;q=oops', false],
    [',,;;,', false],
    [undefined, false],
    ['text/html,'.repeat(200), false],
  ])('judges %s as %s', (accept, expected) => {
    expect(prefersHtml(accept)).toBe(expected)
  })
})
