import { useState } from 'preact/hooks'
import { client } from './client.ts'
import { Confirm } from './confirm.tsx'
import { useAct } from './hooks.ts'
import { t } from './strings.ts'

const SOON_MS = 1_000

/** How many changes are not sent, after a moment for those that are on their way. */
async function countUnsent(): Promise<number> {
  for (const end = Date.now() + SOON_MS; client.pending > 0 && Date.now() < end; )
    await new Promise((next) => setTimeout(next, 50))
  return client.pending
}

type Props = { class?: string; onSignOut: () => Promise<void> }

/** Signs out. It asks before, if changes are not sent yet: they wait until the person signs in here again. */
export function SignOutButton({ class: name = '', onSignOut }: Props) {
  const [unsent, setUnsent] = useState(0)
  const leave = useAct(onSignOut)
  const begin = useAct(async () => {
    const count = await countUnsent()
    if (count > 0) setUnsent(count)
    else await leave.run()
  })
  return (
    <>
      <button type="button" class={name} aria-disabled={begin.busy} onClick={() => void begin.run()}>
        {t.nav.signOut}
      </button>
      {unsent > 0 && (
        <Confirm
          title={t.nav.signOut}
          text={t.nav.unsent(unsent)}
          label={t.nav.signOut}
          busy={leave.busy}
          onConfirm={() => void leave.run()}
          onClose={() => setUnsent(0)}
        />
      )}
    </>
  )
}
