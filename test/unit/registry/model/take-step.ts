/** Makes one step happen to both registries. */
import { vi } from 'vitest'

import { entryOf } from './publisher.ts'
import { expectedNumber, fetched, registration } from './reference-calls.ts'
import * as plain from './reference-calls.ts'
import { Refused } from './reference.ts'
import type { TwoRegistries } from './registry-life.ts'
import type { Of, Step } from './steps.ts'

const reason = 'somebody said so'

export async function takeStep(two: TwoRegistries, step: Step): Promise<void> {
  switch (step.step) {
    case 'register':
    case 'install':
    case 'load':
    case 'collect':
    case 'spoil':
      return takeBytes(two, step)
    case 'refresh':
      return refresh(two, step)
    case 'evict':
      await two.clear()
      return two.open(await two.offer({ entries: two.editions.at(-1)?.entries ?? [] }))
    case 'reopen':
      await two.leave()
      return two.open(step.online ? two.editions.at(-1) : undefined)
    case 'clock':
      return void vi.setSystemTime(Date.now() + step.byMs)
    case 'list':
      return two.list(step.filter)
    case 'promote':
    case 'demote':
    case 'rollback':
    case 'start-canary':
    case 'set-canary':
    case 'finish-canary':
    case 'set-shadow':
      return takePointer(two, step)
    case 'set-status':
    case 'update':
    case 'delete':
    case 'hold-back':
    case 'release':
    case 'archive-older':
      return takeRecord(two, step)
  }
}

type Bytes = Of<'register'> | Of<'install'> | Of<'load'> | Of<'collect'> | Of<'spoil'>

async function takeBytes(two: TwoRegistries, step: Bytes): Promise<void> {
  const { reference, network } = two
  switch (step.step) {
    case 'register': {
      const { model, scaler, description, metrics } = registration(step)
      const { name: modelName, version } = step
      const full = { modelName, version, ...description, ...(metrics && { performanceMetrics: metrics }) }
      return two.both(
        step,
        () => plain.register(reference, step),
        () => two.registry.registerModel(model, full, scaler === undefined ? {} : { scaler }),
      )
    }
    case 'install': {
      network.fault = step.fault
      await two.both(
        step,
        () => plain.install(reference, step.id, fetched(step)),
        () => two.registry.install(step.id),
      )
      network.fault = undefined
      return
    }
    case 'load': {
      network.online = step.online
      const call = async () => (await two.registry.load(step.which)).id
      await two.both(step, () => plain.load(reference, step.which, step.online), call)
      network.online = true
      return
    }
    case 'collect':
      return two.both(
        step,
        () => reference.collect(step.thorough),
        () => two.registry.collectGarbage(step),
      )
    case 'spoil': {
      const [sha256, storedAt] = [...reference.good][step.index % Math.max(1, reference.good.size)] ?? []
      if (sha256 === undefined || storedAt === undefined) return
      const bytes = await two.store.getChunk(sha256, 0)
      await two.store.putChunk(
        sha256,
        0,
        bytes!.map((byte, i) => (i === 5 ? byte ^ 4 : byte)),
      )
      reference.good.delete(sha256)
      reference.spoiled.set(sha256, storedAt)
    }
  }
}

async function refresh(two: TwoRegistries, step: Of<'refresh'>): Promise<void> {
  const { reference, network, editions } = two
  const entries = step.entries.map(entryOf)
  const { stored } = reference
  switch (step.offer) {
    case 'offline':
    case 'html':
      network.online = step.offer === 'html'
      network.manifest = '<!doctype html>'
      await two.both(
        step,
        () => {
          throw new Refused(step.offer === 'html' ? 'manifest/signature' : 'model/download-failed')
        },
        () => two.registry.refresh(),
      )
      network.online = true
      network.manifest = stored?.text ?? ''
      return
    case 'equal':
      return two.refresh(editions.at(-1)!, step)
    case 'older':
      return two.refresh(editions.at(-2) ?? editions.at(-1)!, step)
    case 'equivocation':
      return two.refresh(await two.offer({ version: stored?.version ?? 1, entries }), step)
    case 'expired':
      return two.refresh(await two.offer({ entries, expires: Date.now() - 1 }), step)
    case 'bad-signature':
      return two.refresh(await two.offer({ entries }, 'stranger'), step)
    case 'rotated':
      return two.refresh(await two.offer({ entries, version: 1, keysVersion: (stored?.keysVersion ?? 1) + 1 }), step)
    case 'other-bytes': {
      const spoiled = step.entries.map((entry) => entryOf({ ...entry, otherBytes: isKnown(two, entry) }))
      return two.refresh(await two.offer({ entries: spoiled }), step)
    }
    case 'newer':
      return two.refresh(await two.offer({ entries }), step)
  }
}

const isKnown = ({ reference }: TwoRegistries, { name, version }: { name: string; version: string }): boolean => {
  const { models, tombstones } = reference.family(name)
  return models.has(version) || tombstones.has(version)
}

type Pointer =
  | Of<'promote'>
  | Of<'demote'>
  | Of<'rollback'>
  | Of<'start-canary'>
  | Of<'set-canary'>
  | Of<'finish-canary'>
  | Of<'set-shadow'>

async function takePointer(two: TwoRegistries, step: Pointer): Promise<void> {
  const { reference, registry } = two
  switch (step.step) {
    case 'promote': {
      const { id, manual, force, epoch } = step
      const name = reference.records.find((record) => record.id === id)?.name ?? ''
      const expectedEpoch = expectedNumber(epoch, reference.family(name).channel.epoch)
      const options = { expectedEpoch, reason }
      return two.both(
        step,
        () =>
          plain.serve(reference, id, (version) =>
            manual
              ? { type: 'promote', version, cause: 'manual', ...options }
              : { type: 'promote', version, force, ...options },
          ),
        () => (manual ? registry.setProductionModel(id, options) : registry.promote(id, { force, ...options })),
      )
    }
    case 'demote': {
      const { name, allowEmpty, replacement } = step
      const expectedEpoch = expectedNumber(step.epoch, reference.family(name).channel.epoch)
      const options = { allowEmpty, expectedEpoch, ...(replacement !== undefined && { replacement }) }
      return two.both(
        step,
        () => plain.demote(reference, step),
        () => registry.demote(name, options),
      )
    }
    case 'rollback': {
      const { name, to } = step
      const expectedEpoch = expectedNumber(step.epoch, reference.family(name).channel.epoch)
      const back = { reason, ...(expectedEpoch !== undefined && { expectedEpoch }) }
      return two.both(
        step,
        () => {
          const version = to === undefined ? undefined : reference.versionOf(to, name)
          reference.run(name, 'host', { type: 'rollback', to: version, ...back })
        },
        () => registry.rollback(name, { ...back, ...(to !== undefined && { to }) }),
      )
    }
    case 'start-canary': {
      const { id, basisPoints } = step
      return two.both(
        step,
        () => plain.serve(reference, id, (version) => ({ type: 'start-canary', version, basisPoints, unit: 'symbol' })),
        () => registry.startCanary(id, { basisPoints }),
      )
    }
    case 'set-canary': {
      const { name, basisPoints } = step
      const command = { type: 'set-canary', basisPoints } as const
      return two.both(
        step,
        () => reference.run(name, 'host', command),
        () => registry.setCanary(name, basisPoints),
      )
    }
    case 'finish-canary': {
      const { name, outcome } = step
      return two.both(
        step,
        () => {
          const { canary } = reference.family(name).channel
          if (outcome === 'promote') plain.checkBegins(reference, name, canary?.version)
          reference.run(name, 'host', { type: 'finish-canary', outcome, reason })
        },
        () => registry.finishCanary(name, outcome, reason),
      )
    }
    case 'set-shadow': {
      const { name, id } = step
      return two.both(
        step,
        () => {
          const version = id === undefined ? undefined : reference.versionOf(id, name)
          plain.checkBegins(reference, name, version)
          reference.run(name, 'host', { type: 'set-shadow', version })
        },
        () => registry.setShadow(name, id),
      )
    }
  }
}

type RecordStep = Exclude<Step, Bytes | Pointer | Of<'refresh' | 'evict' | 'reopen' | 'clock' | 'list'>>

async function takeRecord(two: TwoRegistries, step: RecordStep): Promise<void> {
  const { reference, registry } = two
  const plainly = (id: string, command: (version: string) => Parameters<typeof reference.run>[2]) => (): void => {
    const record = reference.record(id)
    reference.run(record.name, 'host', command(record.version))
  }
  switch (step.step) {
    case 'set-status': {
      const { id, status } = step
      const command = (version: string) => ({ type: 'set-status', version, status }) as const
      const put = status === 'production' ? () => plain.serve(reference, id, command) : plainly(id, command)
      return two.both(step, put, () => registry.setModelStatus(id, status))
    }
    case 'update': {
      const { id, patch } = step
      const revision = reference.records.find((record) => record.id === id)?.revision
      const expectedRevision = expectedNumber(step.revision, revision)
      return two.both(
        step,
        () => {
          if (Number.isNaN(icOf(patch))) throw new Refused('registry/metadata-invalid')
          plainly(id, (version) => ({ type: 'update-metadata', version, patch, expectedRevision }))()
        },
        () => registry.updateModelMetadata(id, patch, { expectedRevision }),
      )
    }
    case 'delete': {
      const { id, force } = step
      return two.both(
        step,
        plainly(id, (version) => ({ type: 'delete', version, force })),
        () => registry.deleteModel(id, { force }),
      )
    }
    case 'hold-back': {
      const { id } = step
      return two.both(
        step,
        plainly(id, (version) => ({ type: 'hold-back', version, reason })),
        () => registry.holdBack(id, reason),
      )
    }
    case 'release': {
      const { id } = step
      return two.both(
        step,
        plainly(id, (version) => ({ type: 'release', version, reason })),
        () => registry.release(id, reason),
      )
    }
    case 'archive-older':
      return two.both(
        step,
        () => plain.archiveOlder(reference, step.date),
        () => registry.archiveOlderThan(step.date),
      )
  }
}

const icOf = ({ metrics }: Readonly<Record<string, unknown>>): unknown =>
  typeof metrics === 'object' && metrics !== null && 'ic_mean' in metrics ? metrics.ic_mean : undefined
