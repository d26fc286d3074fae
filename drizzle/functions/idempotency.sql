-- Idempotency keys: a write happens once, and a repeat gets the first answer.

-- The first statement of a keyed write. It reserves the key in the transaction of the change: if that fails, the key
-- is free again. A repeat raises FT200 with the kept answer. While the first request still runs, the repeat waits up
-- to 5 s, then raises FT409. The same key with another request (by its `fingerprint`) is FT422. FT404 when the answer
-- is about a project that the actor can no longer see. A comment has its present text: empty once it is deleted, or in
-- a project that the actor cannot see.
create or replace function claim_key(actor uuid, credential uuid, request text, idempotency_key text, fingerprint text, secret_hash text default null) returns void language plpgsql as $$
declare kept idempotency_keys; answer jsonb; outer_limit text := current_setting('lock_timeout');
begin
  perform authenticate(actor, credential, request, 'write', secret_hash);
  delete from idempotency_keys where user_id = actor and key = idempotency_key and expires_at <= now();
  perform set_config('lock_timeout', '5s', true);
  insert into idempotency_keys (user_id, key, fingerprint, expires_at)
    values (actor, idempotency_key, fingerprint, now() + interval '24 hours') on conflict do nothing;
  if found then
    perform set_config('lock_timeout', outer_limit, true);
    return;
  end if;
  select * into kept from idempotency_keys where user_id = actor and key = idempotency_key;
  if kept.fingerprint <> fingerprint then
    perform fail('FT422', 'idempotency_key_reused');
  end if;
  answer := kept.response -> 'body';
  -- The second: a link shows a task that may be in another project.
  if exists (select 1 from unnest(array[kept.response ->> 'project', answer #>> '{task,project_id}']) shown
      where shown is not null and not has_access(shown::uuid, actor, credential)) then
    perform fail('FT404', 'not_found');
  end if;
  if answer ? 'edited_at' then -- a comment, whose task may have gone to another project
    answer := answer || jsonb_build_object('body', coalesce((select c.body from comments c
      where c.id = (answer ->> 'id')::uuid and has_access(c.project_id, actor, credential)), ''));
  end if;
  perform fail('FT200', 'replayed', jsonb_build_object('status', kept.status, 'response', kept.response || jsonb_build_object('body', answer)));
exception when lock_not_available then
  perform fail('FT409', 'idempotency_in_flight');
end $$;

-- The last statement of a keyed write: stores its answer, with the warning if there is one, and returns it. FT404 when
-- there is none, as the row was not found.
create or replace function keep_answer(actor uuid, idempotency_key text, http_status int, body jsonb, project uuid) returns jsonb language plpgsql as $$
declare full_body jsonb := body; warning text := nullif(current_setting('flowtrack.warning', true), '');
begin
  if body is null then
    perform fail('FT404', 'not_found');
  end if;
  if warning is not null then
    full_body := full_body || jsonb_build_object('warnings', jsonb_build_array(warning::jsonb));
  end if;
  update idempotency_keys set status = http_status,
    response = jsonb_build_object('project', project, 'head', (select event_seq from projects where id = project), 'body', full_body)
    where user_id = actor and key = idempotency_key;
  return with_text(full_body);
end $$;
