// Which browser on which system, in a few words: for people to tell their sessions apart, never to decide by.

// The first that fits counts: most browsers name those they want to be taken for as well.
const browsers: readonly (readonly [name: string, sign: RegExp])[] = [
  ['Edge', /\bEdg(?:e|A|iOS)?\//],
  ['Opera', /\b(?:OPR|Opera)\//],
  ['Samsung Internet', /\bSamsungBrowser\//],
  ['Firefox', /\b(?:Firefox|FxiOS)\//],
  ['Chrome', /\b(?:Chrome|CriOS|Chromium)\//],
  ['Safari', /\bSafari\//],
  ['curl', /^curl\//],
]

const systems: readonly (readonly [name: string, sign: RegExp])[] = [
  ['Android', /\bAndroid\b/],
  ['iPhone', /\biPhone\b/],
  ['iPad', /\biPad\b/],
  ['Windows', /\bWindows\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['macOS', /\bMac(?:intosh| OS X)\b/],
  ['Linux', /\bLinux\b/],
]

const looksAt = 512

/**
 * `Firefox, Linux`; undefined when the header names nothing that is known here. The words are ours alone, so
 * that they can be shown anywhere.
 *
 * @param header the `User-Agent` of a request (RFC 9110 §10.1.5), which says what its sender likes
 */
export function describeUserAgent(header: string | undefined): string | undefined {
  const text = (header ?? '').slice(0, looksAt)
  const names = [browsers, systems].flatMap(
    (known) => known.find(([, sign]) => sign.test(text))?.[0] ?? [],
  )
  return names.length === 0 ? undefined : names.join(', ')
}
