import { CopyField } from '../parts.tsx'
import { addressOf, type TokenLink } from '../routes.ts'
import { t } from '../strings.ts'

/** A link that is shown once, to be copied. */
export const LinkOnce = ({ tokenLink }: { tokenLink: TokenLink }) => (
  <div class="told stack" role="status">
    <p>{t.people.link}</p>
    <CopyField label={t.people.linkLabel} value={addressOf(tokenLink)} />
  </div>
)
