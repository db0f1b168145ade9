/** The calls of a lane that are not over, and which of them may be made now. */
import type { Task } from './task.ts'

/** Tasks in the order of asking. */
export class TaskQueue {
  readonly #tasks = new Set<Task>()

  /** All of them. */
  get all(): readonly Task[] {
    return [...this.#tasks]
  }

  /** Puts one at the end. */
  add(task: Task): void {
    this.#tasks.add(task)
  }

  /** Whether a task is not over. */
  has(task: Task): boolean {
    return this.#tasks.has(task)
  }

  /** Takes one out. */
  remove(task: Task): void {
    this.#tasks.delete(task)
  }

  /**
   * The next task that may be started. Calls on symbols start in order. A call that was under way when a worker ended is
   * tried by itself among its like, and the calls on symbols behind it wait: if it ends the next worker too, it is known.
   */
  next(): Task | undefined {
    const tasks = this.all
    const trying = tasks.some(({ suspect, running }) => suspect && running)
    const startable = (task: Task): boolean => !task.running && !(task.suspect && trying)
    for (const task of tasks) {
      if (!task.ordered) continue
      if (startable(task)) return task
      if (task.suspect || !task.running) break
    }
    // A replay changes nothing, so it may wait until the live candles have had their turn.
    if (tasks.some(({ ordered, suspect }) => ordered && suspect)) return undefined
    return tasks.find((task) => !task.ordered && startable(task))
  }

  /** Settles when the tasks of now, or those of them that concern symbols, are over. */
  async settled(which: 'all' | 'ordered' = 'all'): Promise<void> {
    const tasks = which === 'all' ? this.all : this.all.filter(({ ordered }) => ordered)
    await Promise.all(tasks.map(({ done }) => done))
  }
}
