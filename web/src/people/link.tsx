import { Field } from '../parts.tsx'
import { addressOf, type TokenLink } from '../routes.ts'
import { t } from '../strings.ts'

/** A link that is shown once, to be copied. */
export const LinkOnce = ({ tokenLink }: { tokenLink: TokenLink }) => (
  <div class="told stack" role="status">
    <p>{t.people.link}</p>
    <Field label={t.people.linkLabel}>
      {(id) => (
        <input id={id} readOnly value={addressOf(tokenLink)} onFocus={({ currentTarget }) => currentTarget.select()} />
      )}
    </Field>
  </div>
)
