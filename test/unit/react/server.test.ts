import { createElement, type ReactNode } from 'react'
import { renderToString } from 'react-dom/server'
import { expect, it } from 'vitest'
import { useEngine, useSignals } from '../../../src/react/index.ts'

function Page(): ReactNode {
  const { status, engine } = useEngine({ manifest: '/models/manifest.json' })
  const { signals, status: schedule, last } = useSignals({ engine, source: undefined })
  return createElement('p', {}, `${status} ${schedule.state} ${signals.size} ${last?.id ?? 'none'}`)
}

it('renders on a server, where nothing is opened', () => {
  expect(renderToString(createElement(Page))).toBe('<p>loading stopped 0 none</p>')
})
