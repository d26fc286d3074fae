-- An administrator has access to existing projects only: the kept answer about a project that was deleted since is not
-- repeated. Nothing else of this function changes.
create or replace function has_access(project uuid, actor uuid, credential uuid) returns boolean language sql stable as $$
  select exists (
    select 1 from users u
    left join sessions s on s.id = credential and s.user_id = u.id and s.revoked_at is null and s.expires_at > now()
    left join api_keys k on k.id = credential and k.user_id = u.id and k.revoked_at is null and (k.expires_at > now()) is not false
    where u.id = actor and u.is_active
      and (s.id is not null or (k.id is not null and (project = any(k.project_ids)) is not false))
      and ((u.role = 'admin' and (s.id is not null or 'admin' = any(k.scopes)) and exists (select 1 from projects p where p.id = project))
        or exists (select 1 from project_members m where m.project_id = project and m.user_id = actor)));
$$;
