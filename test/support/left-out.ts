// `npm test` needs npm packages only, and says what it therefore did not look at.

const note =
  'Left out: nginx, Caddy, HAProxy, PostgreSQL, Chromium and the built file. npm run test:e2e has them.'

/** Global set-up of the unit project; what it answers runs after the last test. */
export function setup(): () => void {
  return () => {
    if (process.env['CI'] === undefined) console.log(`\n${note}`)
  }
}
