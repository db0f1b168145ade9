/** Makes one step happen to both registries. */
import { expect, vi } from 'vitest'

import { entryOf } from './publisher.ts'
import { fetched, registration } from './reference-calls.ts'
import * as plain from './reference-calls.ts'
import { Refused } from './reference.ts'
import type { TwoRegistries } from './registry-life.ts'
import type { Of, Step } from './steps.ts'
import { takePointer, takeRecord } from './take-command.ts'

export async function takeStep(two: TwoRegistries, step: Step): Promise<void> {
  switch (step.step) {
    case 'register':
    case 'install':
    case 'load':
    case 'collect':
    case 'spoil':
      return takeBytes(two, step)
    case 'refresh':
      return keepingEvaluations(two, () => refresh(two, step))
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
    case 'evaluate':
    case 'delete':
    case 'hold-back':
    case 'release':
    case 'archive-older':
      return takeRecord(two, step)
  }
}

type Bytes = Of<'register' | 'install' | 'load' | 'collect' | 'spoil'>

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

/** A manifest, whatever it says, brings no evaluation and takes none away. */
async function keepingEvaluations({ reference }: TwoRegistries, refresh: () => Promise<void>): Promise<void> {
  const before = new Map(reference.records.map(({ id, metadata }) => [id, metadata.evaluations]))
  await refresh()
  for (const { id, manifest, metadata } of reference.records)
    if (before.has(id) || manifest !== undefined) expect(metadata.evaluations, id).toEqual(before.get(id))
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
