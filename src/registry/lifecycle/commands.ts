/** What can be asked of the versions of one model name. */
import type { Canary, ModelEvaluation, ModelRecord } from '../records.ts'

/** What a version is registered with; the rest of its record is made here. */
export type NewModel = Pick<ModelRecord, 'name' | 'version' | 'id' | 'artifact' | 'scaler' | 'metadata' | 'manifest'>

/** What a publisher's withdrawal does to a version that serves. */
export type WithdrawalPolicy = 'keep' | 'rollback' | 'block'

/** What can be asked of a family. Versions are named by their version, not by id. */
export type Command =
  | { readonly type: 'register'; readonly model: NewModel }
  | {
      readonly type: 'promote'
      readonly version: string
      readonly expectedEpoch?: number | undefined
      /** `promotion` needs a candidate; `manual` is somebody's explicit word. */
      readonly cause?: 'promotion' | 'manual' | 'canary' | undefined
      /** Promotes what is no candidate; takes a reason. */
      readonly force?: boolean | undefined
      readonly reason?: string | undefined
    }
  | {
      readonly type: 'demote'
      readonly replacement?: string | undefined
      readonly allowEmpty?: boolean | undefined
      readonly expectedEpoch?: number | undefined
      readonly reason?: string | undefined
    }
  | {
      readonly type: 'rollback'
      readonly to?: string | undefined
      readonly reason: string
      readonly expectedEpoch?: number | undefined
    }
  | { readonly type: 'hold-back'; readonly version: string; readonly reason: string }
  | { readonly type: 'release'; readonly version: string; readonly reason: string }
  | { readonly type: 'set-status'; readonly version: string; readonly status: string }
  | {
      readonly type: 'update-metadata'
      readonly version: string
      readonly patch: Readonly<Record<string, unknown>>
      readonly expectedRevision?: number | undefined
    }
  | { readonly type: 'record-evaluation'; readonly version: string; readonly evaluation: ModelEvaluation }
  | { readonly type: 'delete'; readonly version: string; readonly force?: boolean | undefined }
  | {
      readonly type: 'withdraw'
      readonly version: string
      readonly reason: string
      readonly policy?: WithdrawalPolicy | undefined
    }
  | { readonly type: 'list'; readonly version: string; readonly listed: boolean }
  | ({ readonly type: 'start-canary' } & Pick<Canary, 'version' | 'basisPoints' | 'unit'>)
  | { readonly type: 'set-canary'; readonly basisPoints: number }
  | { readonly type: 'finish-canary'; readonly outcome: 'promote' | 'abort'; readonly reason: string }
  | { readonly type: 'set-shadow'; readonly version: string | undefined }

/** The commands of one type, without the type. */
export type CommandOf<T extends Command['type']> = Omit<Extract<Command, { readonly type: T }>, 'type'>
