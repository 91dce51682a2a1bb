// The script of the relay page. It gets nothing but the page's own elements: no value is ever written into it.

/**
 * Asks the command line something harmless first, so that a browser that wants a permission for requests to the own
 * machine asks for it while nothing is lost; then gets the token, once, and posts it there. Where that does not work
 * it shows the other ways, which are forms.
 */
export const relayScript = `
const form = document.getElementById('relay')
const callback = form.dataset.callback
const show = (id) => { document.getElementById(id).hidden = false }
const hide = (id) => { document.getElementById(id).hidden = true }
const connect = async () => {
  try { await fetch(callback) } catch { return 'other' }
  const body = new URLSearchParams({ state: form.elements.state.value, way: 'script' })
  const answer = await fetch(form.action, { method: 'POST', body })
  if (!answer.ok) return 'failed'
  const { token, code } = await answer.json()
  const headers = { 'Content-Type': 'application/json' }
  const sent = await fetch(callback, { method: 'POST', headers, body: JSON.stringify({ token, code }) })
  return sent.ok ? 'done' : 'failed'
}
form.addEventListener('submit', async (event) => {
  if (event.submitter?.id !== 'connect') return
  event.preventDefault()
  hide('ask')
  show('busy')
  const outcome = await connect().catch(() => 'failed')
  hide('busy')
  show(outcome)
})
`
