// Open-loop load: requests leave at random moments of a fixed rate, whether or not earlier ones were answered,
// so that a slow answer delays nobody else and shows as what it is. Runs as its own process:
// `node open-loop.ts <port> <path> <rate> <seconds> <headers as JSON>` prints p50 and p99 in microseconds.

import { connect, type Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { quantile } from './statistics.ts'

const [port = '', path = '/', rate = '', seconds = '', headers = '{}'] = process.argv.slice(2)
const connections = 48

const fields = Object.entries(JSON.parse(headers)).map(
  ([name, value]) => `${name}: ${String(value)}`,
)
const request = [`GET ${path} HTTP/1.1`, ...fields, '', ''].join('\r\n')

const latencies: number[] = []
const idle: Line[] = []
const waiting: number[] = []

type Line = { readonly socket: Socket; due: number }

function send(line: Line, due: number): void {
  line.due = due
  line.socket.write(request)
}

/** Every answer here is small and comes whole: header and body in one piece. */
function answered(line: Line, chunk: Buffer): void {
  if (!chunk.toString('latin1', 0, 12).startsWith('HTTP/1.1 200')) {
    throw new Error(`Not 200: ${chunk.toString('latin1', 0, 200)}`)
  }
  latencies.push((performance.now() - line.due) * 1000)
  const next = waiting.shift()
  if (next === undefined) idle.push(line)
  else send(line, next)
}

async function open(): Promise<void> {
  const socket = connect({ port: Number(port), host: '127.0.0.1', noDelay: true })
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  const line: Line = { socket, due: 0 }
  socket.on('data', (chunk) => answered(line, chunk))
  idle.push(line)
}

await Promise.all(Array.from({ length: connections }, open))

const gap = () => (-Math.log(1 - Math.random()) * 1000) / Number(rate)
const start = performance.now()
let due = start
while (due - start < Number(seconds) * 1000) {
  due += gap()
  // A timer is a millisecond coarse; turning the loop keeps the moment to microseconds and reads answers meanwhile.
  while (performance.now() < due) await turn()
  const line = idle.shift()
  if (line === undefined) waiting.push(due)
  else send(line, due)
}
while (idle.length < connections) await turn()

// The first answers pay for connections and compilation.
const warm = latencies.slice(Math.floor(latencies.length / 10))
console.log(JSON.stringify({ p50: quantile(warm, 0.5), p99: quantile(warm, 0.99) }))
process.exit(0)
