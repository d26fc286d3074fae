import type { Label } from '../client.ts'

/** A label: its name, beside a dot of its colour. Colours are people's own, so the text never stands on them. */
export const Chip = ({ label: { name, color } }: { label: Label }) => (
  <span class="chip">
    <span class="dot" style={{ '--dot': color ?? 'currentColor' }} />
    {name}
  </span>
)
