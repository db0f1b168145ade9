/** What goes wrong with an exchange, in words for the person in front of the page. ccxt's errors are known by their names. */
import { PageError, type Problem } from '../problem.ts'
import type { Offer } from './offers.ts'

const elsewhere = 'Choose another exchange, or follow the simulated market.'

/** The first words in an answer, wherever it keeps them: each exchange has a format of its own for what it refuses. */
function wordsIn(value: unknown): string | undefined {
  if (typeof value === 'string') return /[a-z]{2}/i.test(value) ? value : undefined
  if (typeof value !== 'object' || value === null) return undefined
  return Object.values(value)
    .map(wordsIn)
    .find((words) => words !== undefined)
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What the exchange said: ccxt puts its own name, the address and the status before the answer. */
function saidBy(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  const json = /[[{].*[\]}]/s.exec(text)?.[0]
  const words = (json === undefined ? undefined : wordsIn(readJson(json))) ?? text.replace(/\S*https?:\/\/\S+/g, '')
  const plain = words
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  return plain.length > 180 ? `${plain.slice(0, 180)}…` : plain
}

const problem = (title: string, message: string, remedy: string): Problem => ({ title, message, remedy, actions: [] })

function unreachable({ name, origin }: Offer): Problem {
  if (!navigator.onLine)
    return problem('This device is offline', `${name} cannot be asked.`, 'Connect, or follow the simulated market.')
  return problem(
    `${name} cannot be reached`,
    `The browser got no answer from ${origin}. Either the network or an extension of the browser blocks it, or the exchange does ` +
      'not answer pages of other sites from where you are (CORS); browsers do not say which.',
    `Check the connection and any blockers. ${elsewhere}`,
  )
}

const restricted = /restricted|unavailable from|geo|451|403/i

/** What an error of ccxt means. */
export function troubleOf(offer: Offer, error: unknown): Problem {
  const { name } = offer
  const kind = error instanceof Error ? error.name : ''
  const said = `${name} says: “${saidBy(error)}”.`
  switch (kind) {
    case 'RateLimitExceeded':
    case 'DDoSProtection':
      return problem(`Too many requests for ${name}`, said, 'Wait a minute; fewer symbols need fewer requests.')
    case 'RequestTimeout':
      return problem(`${name} is slow`, 'It gave no answer in time.', `Wait a moment. ${elsewhere}`)
    case 'BadSymbol':
      return problem(`${name} does not know a symbol`, said, `Write symbols as ${offer.symbols.join(', ')}.`)
    case 'PermissionDenied':
    case 'AuthenticationError':
      return problem(`${name} refuses`, said, `It may not serve the place you are in. ${elsewhere}`)
    case 'ExchangeNotAvailable':
    case 'OnMaintenance':
    case 'ExchangeError':
    case 'BadResponse':
    case 'NullResponse':
      if (restricted.test(said)) return problem(`${name} refuses`, said, `It may not serve this place. ${elsewhere}`)
      return problem(`${name} does not serve now`, said, `Wait a few minutes. ${elsewhere}`)
    case 'NetworkError':
    case 'TypeError':
      return unreachable(offer)
    default:
      return problem(`${name} gives no candles`, said, `Try again later. ${elsewhere}`)
  }
}

/** A symbol that the exchange does not list. */
export function unknownSymbols({ name }: Offer, unknown: readonly string[], listed: readonly string[]): PageError {
  const bases = new Set(unknown.map((symbol) => symbol.split('/')[0]))
  const alike = listed.filter((symbol) => bases.has(symbol.split('/')[0]) && !symbol.includes(':')).slice(0, 6)
  const has = alike.length > 0 ? ` It has ${alike.join(', ')}.` : ''
  return new PageError(
    problem(
      `${name} does not know ${unknown.join(', ')}`,
      `No market of that name is listed there.${has}`,
      'Correct the symbols.',
    ),
  )
}

/** The adapter's own file did not come. */
export function adapterMissing({ name }: Offer): PageError {
  return new PageError(
    problem(
      `The adapter for ${name} could not be loaded`,
      'It is a file of this page and is fetched when it is used for the first time.',
      navigator.onLine ? 'Reload the page.' : 'Connect to the network.',
    ),
  )
}
