/** Makes a command happen to both registries. */
import { copyJson } from '../../../../src/registry/json-copy.ts'
import { expectedNumber } from './reference-calls.ts'
import * as plain from './reference-calls.ts'
import { Refused } from './reference.ts'
import type { TwoRegistries } from './registry-life.ts'
import type { Of } from './steps.ts'

const reason = 'somebody said so'

type Pointer = Of<'promote' | 'demote' | 'rollback' | 'start-canary' | 'set-canary' | 'finish-canary' | 'set-shadow'>

/** Makes a move of a pointer happen to both. */
export async function takePointer(two: TwoRegistries, step: Pointer): Promise<void> {
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

type RecordStep = Of<'set-status' | 'update' | 'evaluate' | 'delete' | 'hold-back' | 'release' | 'archive-older'>

/** Makes a change of a record happen to both. */
export async function takeRecord(two: TwoRegistries, step: RecordStep): Promise<void> {
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
    case 'evaluate': {
      const { id, evaluation } = step
      return two.both(
        step,
        () => {
          const clean = copyJson(evaluation)
          plainly(id, (version) => ({ type: 'record-evaluation', version, evaluation: clean }))()
        },
        () => registry.recordEvaluation(id, evaluation),
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
