import { expose, transferHandlers, wrap } from 'comlink'
import { MessageChannel } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { CandlewickError, isCandlewickError } from '../../../src/core/errors.ts'
import { carryErrors } from '../../../src/rpc/wire.ts'

/** What a call across a real message channel throws when the other side throws `thrown`. */
async function across(thrown: unknown): Promise<unknown> {
  carryErrors()
  const channel = new MessageChannel()
  const host = {
    fail: (): never => {
      throw thrown
    },
  }
  // Ports of Node have the browser's methods under the same names.
  expose(host, channel.port1 as unknown as MessagePort)
  const remote = wrap<typeof host>(channel.port2 as unknown as MessagePort)
  try {
    await (remote.fail() as Promise<never>)
  } catch (error) {
    return error
  } finally {
    channel.port1.close()
    channel.port2.close()
  }
  return undefined
}

describe('an error that crosses the wire', () => {
  it('keeps its code, details, message and cause', async () => {
    const cause = new CandlewickError('store/unavailable', { store: 'indexeddb', reason: 'closed' })
    const error = new CandlewickError('model/not-found', { id: 'a', available: ['b'] }, { cause })
    const arrived = await across(error)

    expect(isCandlewickError(arrived, 'model/not-found')).toBe(true)
    expect(arrived).toBeInstanceOf(CandlewickError)
    expect(arrived).toMatchObject({ message: error.message, details: { id: 'a', available: ['b'] } })
    expect((arrived as Error).cause).toMatchObject({ code: 'store/unavailable', details: { reason: 'closed' } })
  })

  it('keeps the name and message of errors that are not ours', async () => {
    expect(await across(new RangeError('too far'))).toMatchObject({ name: 'RangeError', message: 'too far' })
    expect(await across(new DOMException('stop', 'AbortError'))).toMatchObject({ name: 'AbortError' })
    expect(await across('a word')).toBe('a word')
  })

  it('leaves alone what an application sends through comlink without us', async () => {
    carryErrors()
    const handler = transferHandlers.get('throw')!
    const [sent] = handler.serialize({ value: new TypeError('theirs') })
    expect(sent).toMatchObject({ isError: true, value: { name: 'TypeError', message: 'theirs' } })
    expect(() => handler.deserialize({ isError: true, value: { name: 'TypeError', message: 'theirs' } })).toThrow(
      'theirs',
    )
  })
})
