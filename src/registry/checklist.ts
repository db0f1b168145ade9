/** What should be known before a version is put into service. */
import type { Examination } from './examiner.ts'
import {
  type CandidateRule,
  type CandidateVerdict,
  compareWithProduction,
  countedEvaluations,
  measuredOn,
} from './lifecycle/candidate-rule.ts'
import { obstacle } from './lifecycle/course.ts'
import type { Family, ModelRecord, RecordedEvaluation } from './records.ts'

/** One question and its answer. */
export interface ChecklistItem {
  readonly name: 'files' | 'service' | 'reference-run' | 'candidate' | 'metric' | 'evaluation' | 'way-back'
  /** `unknown` where nothing was measured; it does not stand in the way. */
  readonly result: 'passed' | 'failed' | 'unknown'
  /** In words. */
  readonly detail: string
  /** Whether `promote` refuses while it fails. */
  readonly required: boolean
}

/** The answers for one version. */
export interface PromotionChecklist {
  readonly id: string
  /** Hand it to `promote` as `expectedEpoch`: the answers hold for this state only. */
  readonly epoch: number
  /** Whether nothing required failed. */
  readonly ready: boolean
  readonly items: readonly ChecklistItem[]
}

/** Answers the checklist for a version that was examined just now. */
export function checklistFor(
  family: Family,
  record: ModelRecord,
  examination: Examination,
  { rule, at }: { readonly rule: CandidateRule; readonly at: number },
): PromotionChecklist {
  const { production, epoch, previous } = family.channel
  const serving = production === undefined ? undefined : family.models.get(production)
  const found = obstacle(record, {
    isReady: examination.isReady,
    incompatibility: examination.incompatibility,
    at,
  })
  const absent = found?.code === 'registry/not-installed'
  const golden = record.metadata.golden?.length ?? 0
  const verdict = compareWithProduction(record, serving, rule)
  const isCandidate = record.status === 'candidate' || serving === undefined
  const items: ChecklistItem[] = [
    item('files', absent ? 'failed' : 'passed', absent ? 'its bytes are not here' : 'all bytes hashed just now'),
    item(
      'service',
      found && !absent ? 'failed' : 'passed',
      found && !absent ? found.reason : 'nothing stands in the way',
    ),
    golden === 0
      ? { ...item('reference-run', 'unknown', 'its entry has none'), required: false }
      : item('reference-run', examination.passed(record) ? 'passed' : 'failed', `${golden} run(s)`),
    item('candidate', isCandidate ? 'passed' : 'failed', `its status is ${record.status}`),
    {
      ...item('metric', verdict.better ? 'passed' : serving === undefined ? 'unknown' : 'failed', verdict.why),
      required: false,
    },
    { ...evaluationItem(record, serving, verdict, rule), required: false },
    {
      ...item('way-back', serving || previous.length > 0 ? 'passed' : 'unknown', wayBack(serving, previous.length)),
      required: false,
    },
  ]
  const ready = items.every(({ required, result }) => !required || result === 'passed')
  return { id: record.id, epoch, ready, items }
}

const item = (name: ChecklistItem['name'], result: ChecklistItem['result'], detail: string): ChecklistItem => ({
  name,
  result,
  detail,
  required: true,
})

function wayBack(serving: ModelRecord | undefined, earlier: number): string {
  if (serving !== undefined) return `${serving.id} stays installed for a rollback`
  return earlier > 0 ? `${earlier} earlier version(s)` : 'there is no earlier version'
}

/** Whether what the comparison rests on was measured on one evaluation set; without production, whether anything was. */
function evaluationItem(
  record: ModelRecord,
  serving: ModelRecord | undefined,
  { compared }: CandidateVerdict,
  rule: CandidateRule,
): ChecklistItem {
  if (serving === undefined) {
    const [latest] = countedEvaluations(record, rule)
    return latest === undefined
      ? item('evaluation', 'unknown', 'nothing was measured here')
      : item('evaluation', 'passed', `measured on ${measuredOn(latest)}${extentOf(latest)}`)
  }
  if (compared?.common !== true)
    return item('evaluation', 'unknown', `measured on no evaluation set that ${serving.id} was measured on`)
  const { ours } = compared
  const by = ours.evaluation === undefined ? ', by its publisher' : extentOf(ours.evaluation)
  return item('evaluation', 'passed', `both measured on ${measuredOn(ours)}${by}`)
}

/** How much was measured, as far as the evaluation says so. */
function extentOf({ n, from, to }: RecordedEvaluation): string {
  const [first, last] = [dayOf(from), dayOf(to)]
  const rows = typeof n === 'number' ? `, ${n} rows` : ''
  return first === undefined || last === undefined ? rows : `${rows}, from ${first} to ${last}`
}

/** The UTC day of a time in ms, or in ISO 8601. */
function dayOf(time: unknown): string | undefined {
  const date = new Date(typeof time === 'number' || typeof time === 'string' ? time : NaN)
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString().slice(0, 10)
}
