import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { sampleEntry } from '../unit/registry/sample-manifest.ts'
import { candlewick, type Outcome, program } from './program.ts'

type Json = Record<string, unknown>

const run = (...args: string[]): Promise<Outcome> => candlewick('manifest', ...args)

describe.skipIf(!existsSync(program))('candlewick manifest (needs npm run build)', () => {
  let origin = ''
  let folder = ''
  const at = (...names: string[]): string => join(folder, ...names)
  const readJson = async (...names: string[]): Promise<Json> => JSON.parse(await readFile(at(...names), 'utf8')) as Json

  /** A model's entry and its files; the model has one and a half pieces. */
  async function writeModel(target: string, changes: Json = {}): Promise<void> {
    const model = Uint8Array.from({ length: 6_291_456 }, (_, i) => (i * 7 + (i >> 9)) & 255)
    await mkdir(join(target, 'files'), { recursive: true })
    await writeFile(join(target, 'files/model one.onnx'), model)
    await writeFile(join(target, 'files/scaler.json'), '{"mean":[0,1],"scale":[1,2]}')
    await writeFile(join(target, 'files/input.f32'), new Uint8Array(4 * 96 * 2))
    const entry = {
      ...sampleEntry(),
      artifact: { url: 'files/model%20one.onnx', opset: 17 },
      scaler: { url: 'files/scaler.json' },
      golden: [{ input: { url: 'files/input.f32' }, output: [0.5], atol: 1e-4, rtol: 1e-3 }],
      ...changes,
    }
    await writeFile(join(target, 'sample.entry.json'), JSON.stringify(entry))
  }

  beforeAll(async () => {
    origin = await mkdtemp(join(tmpdir(), 'candlewick-manifest-'))
    folder = origin
    await writeModel(origin)
    for (const [name, alg] of [
      ['ann', 'both'],
      ['bob', 'ES256'],
      ['cid', 'Ed25519'],
    ] as const)
      expect(await run('keygen', '--out', at(name), '--alg', alg, '--kid', name)).toMatchObject({ code: 0, stderr: '' })
    expect(await run('build', '--dir', origin, '--out', at('plain.json'), '--expires', '30')).toMatchObject({
      code: 0,
      stderr: '',
    })
    await run('sign', at('plain.json'), '--key', at('ann/private.jwk'), '--out', at('manifest.json'))
  })
  // Each test has its own copy, to spoil it.
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'candlewick-manifest-'))
    await cp(origin, folder, { recursive: true })
    return async () => {
      await rm(folder, { recursive: true, force: true })
      folder = origin
    }
  })
  afterAll(() => rm(origin, { recursive: true, force: true }))

  const verify = (...args: string[]): Promise<Outcome> =>
    run('verify', at('manifest.json'), '--keys', at('ann/public.jwks'), ...args)

  describe('keygen', () => {
    it('writes keys that only their owner can read, and public ones without the secret', async () => {
      expect((await stat(at('ann/private.jwk'))).mode & 0o777).toBe(0o600)
      const { keys } = (await readJson('ann/public.jwks')) as { keys: Json[] }
      expect(keys.map(({ kid, signer }) => [kid, signer])).toEqual([
        ['ann-ed25519', 'ann'],
        ['ann-es256', 'ann'],
      ])
      expect(JSON.stringify(keys)).not.toContain('"d"')
      expect(await readJson('bob/private.jwk')).toMatchObject({
        kid: 'bob',
        kty: 'EC',
        d: expect.any(String) as string,
      })
    })

    it('never overwrites a key', async () => {
      const before = await readFile(at('ann/private.jwk'))
      const ended = await run('keygen', '--out', at('ann'))
      expect(ended).toMatchObject({ code: 1, stdout: '' })
      expect(ended.stderr).toContain('[file/unwritable]')
      expect(ended.stderr).toContain('there is a key already')
      await rm(at('ann/private.jwk'))
      expect((await run('keygen', '--out', at('ann'))).code).toBe(1)
      expect(existsSync(at('ann/private.jwk'))).toBe(false)
      expect(before.length).toBeGreaterThan(100)
    })
  })

  describe('build', () => {
    it('fills in sizes, hashes, pieces and addresses, and counts the edition', async () => {
      const { version, models } = (await readJson('plain.json')) as { version: number; models: [Json] }
      expect(version).toBe(1)
      expect(models[0]).toMatchObject({
        artifact: { url: 'files/model%20one.onnx', size: 6_291_456, chunkSize: 4_194_304, opset: 17 },
        scaler: { url: 'files/scaler.json', size: 28, sha256: sampleEntry().scaler.sha256 },
        golden: [{ input: { url: 'files/input.f32', size: 768 } }],
      })
      expect((models[0]['artifact'] as { chunkSha256: string[] }).chunkSha256).toHaveLength(2)
      await run('build', '--dir', folder, '--out', at('plain.json'))
      const next = await readJson('plain.json')
      expect(next['version']).toBe(2)
      expect(next).not.toHaveProperty('expires')
      await run(
        'build',
        '--dir',
        folder,
        '--out',
        at('plain.json'),
        '--version',
        '9',
        '--base-url',
        'https://a.example/x',
      )
      expect(await readJson('plain.json')).toMatchObject({ version: 9, baseUrl: 'https://a.example/x' })
    })

    it('counts on from a signed manifest too, and says that the new one is unsigned', async () => {
      const ended = await run('build', '--dir', folder, '--out', at('manifest.json'))
      expect(ended.stdout).toContain('edition 2')
      expect(ended.stdout).toContain('sign this one too')
    })

    it('names files from the place of the manifest on', async () => {
      await mkdir(at('site/v1'), { recursive: true })
      await run('build', '--entry', at('sample.entry.json'), '--out', at('site/v1/m.json'))
      expect(await readJson('site/v1/m.json')).toMatchObject({
        models: [{ scaler: { url: '../../files/scaler.json' } }],
      })
    })

    it('prints and writes nothing on a dry run', async () => {
      const ended = await run('build', '--dir', folder, '--out', at('new.json'), '--dry-run')
      expect(JSON.parse(ended.stdout)).toMatchObject({ schema: 'model-manifest/1', version: 1 })
      expect(existsSync(at('new.json'))).toBe(false)
    })

    it('keeps earlier models and fields when asked, and changes keys under a new edition of them', async () => {
      await writeModel(at('second'), { name: 'second' })
      const args = ['--entry', at('second/sample.entry.json'), '--out', at('plain.json')]
      await run('build', ...args, '--keep', '--keys', at('bob/public.jwks'))
      expect(await readJson('plain.json')).toMatchObject({
        keysVersion: 2,
        threshold: 1,
        keys: [{ kid: 'bob' }],
        models: [{ name: 'second' }, { name: 'patchtst-sample' }],
      })
      await run('build', ...args)
      expect(await readJson('plain.json')).toMatchObject({ version: 3, keysVersion: 2, models: [{ name: 'second' }] })
    })

    it.each<[string, () => Promise<string[]>, string, string]>([
      ['no entries', async () => [], '[file/unreadable]', 'use --entry or --dir'],
      ['a folder without entries', async () => ['--dir', at('files')], '[file/unreadable]', '.entry.json'],
      [
        'a missing file',
        async () => (await rm(at('files/scaler.json')), ['--dir', folder]),
        '[file/unreadable]',
        'scaler.json',
      ],
      [
        'a stated hash that is not true',
        async () => (
          await writeModel(folder, { scaler: { url: 'files/scaler.json', sha256: 'ab'.repeat(32) } }),
          ['--dir', folder]
        ),
        '[model/integrity]',
        'ab'.repeat(32),
      ],
      [
        'other bytes under a published version',
        async () => (await writeFile(at('files/scaler.json'), '{}'), ['--dir', folder]),
        '[model/manifest-invalid]',
        'new bytes need a new version',
      ],
      [
        'an edition that was there',
        async () => ['--dir', folder, '--version', '1'],
        '[manifest/equivocation]',
        'Edition 1',
      ],
      [
        'an entry with a fault',
        async () => (await writeModel(folder, { taskType: 'guessing' }), ['--dir', folder]),
        '[model/manifest-invalid]',
        '$.models[0].taskType',
      ],
    ])('refuses %s and leaves what is there', async (_, prepare, code, words) => {
      const before = await readFile(at('plain.json'))
      const ended = await run('build', ...(await prepare()), '--out', at('plain.json'))
      expect(ended).toMatchObject({ code: 1, stdout: '' })
      expect(ended.stderr).toContain(code)
      expect(ended.stderr).toContain(words)
      expect(await readFile(at('plain.json'))).toEqual(before)
      expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([])
    })
  })

  describe('sign', () => {
    it('adds signatures to those that are there', async () => {
      const ended = await run(
        'sign',
        at('manifest.json'),
        '--key',
        at('bob/private.jwk'),
        at('cid/private.jwk'),
        '--out',
        at('m3.json'),
      )
      expect(ended).toMatchObject({ code: 0, stderr: '' })
      const { signatures } = (await readJson('m3.json')) as { signatures: unknown[] }
      expect(signatures).toHaveLength(4)
      for (const name of ['ann', 'bob', 'cid'])
        expect((await run('verify', at('m3.json'), '--keys', at(name, 'public.jwks'))).code).toBe(0)
    })

    it('writes nothing on a dry run, nor with a key that cannot sign, nor around what is no manifest', async () => {
      const key = at('bob/private.jwk')
      const dry = await run('sign', at('plain.json'), '--key', key, '--out', at('new.json'), '--dry-run')
      expect(dry).toMatchObject({ code: 0, stdout: `Would write ${at('new.json')}: edition 1, signed by bob.\n` })
      const open = await run('sign', at('plain.json'), '--key', at('bob/public.jwks'), '--out', at('new.json'))
      expect(open.stderr).toContain('the key "bob" has no private part')
      await writeFile(at('wrong.json'), '{"schema":"model-manifest/1"}')
      const wrong = await run('sign', at('wrong.json'), '--key', key, '--out', at('new.json'))
      expect(wrong.stderr).toContain('[model/manifest-invalid]')
      expect([open.code, wrong.code]).toEqual([1, 1])
      expect(existsSync(at('new.json'))).toBe(false)
    })

    it('signs a timestamp that names the manifest', async () => {
      const args = ['--key', at('ann/private.jwk'), '--url', 'manifest.1.json', '--out', at('timestamp.json')]
      expect(await run('timestamp', at('manifest.json'), ...args)).toMatchObject({ code: 0, stderr: '' })
      const { payload } = (await readJson('timestamp.json')) as { payload: string }
      const plain = await readFile(at('plain.json'))
      expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({
        schema: 'manifest-timestamp/1',
        version: 1,
        size: plain.byteLength,
        url: 'manifest.1.json',
      })
    })
  })

  describe('verify', () => {
    it('accepts what is right in every part and says what it saw', async () => {
      const ended = await verify()
      expect(ended).toMatchObject({ code: 0, stderr: '' })
      expect(ended.stdout).toContain('Signed by ann-ed25519, ann-es256 (threshold 1).')
      expect(ended.stdout).toContain('3 files, 6.3 MB: all as the manifest says.')
    })

    it('says all of it in JSON too', async () => {
      const { stdout } = await verify('--json')
      expect(JSON.parse(stdout)).toMatchObject({
        ok: true,
        signature: 'verified',
        version: 1,
        files: 3,
        models: ['patchtst-sample_v1.0.0'],
        problems: [],
      })
    })

    it('reads addresses as well as paths', async () => {
      const server = createServer((request, response) => {
        readFile(join(folder, decodeURIComponent(request.url!))).then(
          (bytes) => response.end(bytes),
          () => response.writeHead(404).end(),
        )
      })
      await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
      const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      const keys = ['--keys', at('ann/public.jwks')]
      expect(await run('verify', `${base}/manifest.json`, ...keys)).toMatchObject({ code: 0, stderr: '' })
      await rm(at('files/scaler.json'))
      const missing = await run('verify', `${base}/manifest.json`, ...keys)
      server.close()
      expect(missing.code).toBe(1)
      expect(missing.stderr).toContain('with status 404')
    })

    it('says that a manifest is unsigned, and refuses it where keys are given', async () => {
      const plain = await run('verify', at('plain.json'))
      expect(plain).toMatchObject({ code: 0, stderr: '' })
      expect(plain.stdout).toContain('Unsigned: anybody could have written it.')
      const unchecked = await run('verify', at('manifest.json'))
      expect(unchecked.stdout).toContain('the signatures were not checked')
      const refused = await run('verify', at('plain.json'), '--keys', at('ann/public.jwks'))
      expect(refused).toMatchObject({ code: 1, stdout: '' })
      expect(refused.stderr).toContain('[manifest/signature]')
      expect(refused.stderr).toContain('it is unsigned')
    })

    it('names the manifest that was changed, the key that did not sign, and signers that are too few', async () => {
      const envelope = (await readJson('manifest.json')) as { payload: string }
      const text = Buffer.from(envelope.payload, 'base64url').toString().replace('"version": 1', '"version": 2')
      const payload = Buffer.from(text).toString('base64url')
      await writeFile(at('changed.json'), JSON.stringify({ ...envelope, payload }))
      const changed = await run('verify', at('changed.json'), '--keys', at('ann/public.jwks'))
      expect(changed.code).toBe(1)
      expect(changed.stderr).toContain('the contents were changed')
      const stranger = await run('verify', at('manifest.json'), '--keys', at('bob/public.jwks'))
      expect(stranger.stderr).toContain('the key "ann-ed25519" is not known')
      const few = await verify('--threshold', '2')
      expect(few.code).toBe(1)
      expect(few.stderr).toContain('the threshold is 2, and the trusted keys are of 1 signer')
    })

    it('names every file that is missing or not what it was', async () => {
      const bytes = await readFile(at('files/model one.onnx'))
      bytes[5_000_000]! ^= 1
      await writeFile(at('files/model one.onnx'), bytes)
      await rm(at('files/scaler.json'))
      await writeFile(at('files/input.f32'), 'short')
      const ended = await verify()
      expect(ended.code).toBe(1)
      const lines = ended.stderr.trimEnd().split('\n')
      expect(lines).toHaveLength(3)
      expect(lines[0]).toMatch(/\[model\/integrity\].*model%20one\.onnx/)
      expect(lines[1]).toMatch(/\[model\/download-failed\].*scaler\.json/)
      expect(lines[2]).toMatch(/\[model\/integrity\].*input\.f32/)
      expect(JSON.parse((await verify('--json')).stdout)).toMatchObject({
        ok: false,
        problems: [{ code: 'model/integrity' }, { code: 'model/download-failed' }, { code: 'model/integrity' }],
      })
      expect(await verify('--no-artifacts')).toMatchObject({ code: 0, stderr: '' })
    })

    it('names an expired manifest, and a reference input that is no window', async () => {
      const manifest = (await readJson('plain.json')) as { models: [Json] }
      await writeFile(at('old.json'), JSON.stringify({ ...manifest, expires: '2020-01-01T00:00:00Z' }))
      const expired = await run('verify', at('old.json'), '--no-artifacts')
      expect(expired.code).toBe(1)
      expect(expired.stderr).toContain('[manifest/expired]')
      await writeFile(at('files/input.f32'), new Uint8Array(8))
      await run('build', '--dir', folder, '--out', at('odd.json'))
      const odd = await run('verify', at('odd.json'))
      expect(odd.stderr).toContain('golden[0].input.size')
    })

    it('tells of models that this version cannot use, or that were taken back', async () => {
      await writeModel(folder, { version: '1.1.0', minPackage: '99.0.0', withdrawn: { reason: 'wrong scaler' } })
      await run('build', '--dir', folder, '--out', at('next.json'))
      const { code, stdout } = await run('verify', at('next.json'))
      expect(code).toBe(0)
      expect(stdout).toContain('patchtst-sample_v1.1.0 cannot be used here: it takes candlewick 99.0.0 or newer')
      expect(stdout).toContain('patchtst-sample_v1.1.0 is withdrawn: wrong scaler.')
    })

    it.each<[string, string[], number, string]>([
      ['a manifest that is not there', ['nowhere.json'], 1, '[model/download-failed]'],
      ['keys that are not there', ['plain.json', '--keys', 'nowhere.jwks'], 1, '[file/unreadable]'],
      ['keys that are none', ['plain.json', '--keys', 'plain.json'], 1, 'lacks a kid'],
      ['a threshold of nobody', ['plain.json', '--threshold', '0'], 2, 'whole number from 1'],
      ['no manifest', [], 2, 'missing required argument'],
    ])('refuses %s', async (_, [manifest, ...rest], code, words) => {
      const args = rest.map((word) => (/\.json|\.jwks/.test(word) ? at(word) : word))
      const ended = await run('verify', ...(manifest === undefined ? [] : [at(manifest)]), ...args)
      expect(ended).toMatchObject({ code, stdout: '' })
      expect(ended.stderr).toContain(words)
    })
  })
})
