/** Lives in which a registry was once not the one that it should be. They are lived before all random ones. */
import type { RegistryLife } from './steps.ts'

export const regressions: readonly RegistryLife[] = []
