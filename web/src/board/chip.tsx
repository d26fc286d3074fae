import { useLayoutEffect, useRef } from 'preact/hooks'
import type { Label } from '../client.ts'

/** A label: its name, beside a dot of its colour. Colours are people's own, so the text never stands on them. */
export function Chip({ label: { name, color } }: { label: Label }) {
  const dot = useRef<HTMLSpanElement>(null)
  useLayoutEffect(() => {
    dot.current?.style.setProperty('--dot', color ?? 'currentColor')
  }, [color])
  return (
    <span class="chip">
      <span class="dot" ref={dot} />
      {name}
    </span>
  )
}
