import { Field } from '../parts.tsx'
import { addressOf, type Door } from '../routes.ts'
import { t } from '../strings.ts'

/** A link that is shown once, to be copied. */
export const LinkOnce = ({ door }: { door: Door }) => (
  <div class="told stack" role="status">
    <p>{t.people.link}</p>
    <Field label={t.people.linkLabel}>
      {(id) => (
        <input id={id} readOnly value={addressOf(door)} onFocus={({ currentTarget }) => currentTarget.select()} />
      )}
    </Field>
  </div>
)
