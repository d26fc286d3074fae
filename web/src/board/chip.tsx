import type { Label } from '../client.ts'

/** A label: its name beside a dot of its colour. People choose any colour, so text on it might be unreadable. */
export const Chip = ({ label: { name, color } }: { label: Label }) => (
  <span class="chip">
    <span class="dot" style={{ '--dot': color ?? 'currentColor' }} />
    {name}
  </span>
)
