-- Each trigger, by table. PostgreSQL fires those of one table and kind in the order of their names.
-- docs/invariants.md says what each does. `npm run db:check` compares this file with the migrations.

-- activity_logs
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON activity_logs FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only();
CREATE TRIGGER journal_30_notify AFTER INSERT ON activity_logs FOR EACH ROW WHEN (((current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) AND (new.action = ANY (ARRAY['task.created'::text, 'task.updated'::text, 'task.moved'::text, 'member.added'::text, 'member.updated'::text, 'comment.created'::text, 'comment.updated'::text, 'checklist_item.created'::text, 'checklist_item.updated'::text])))) EXECUTE FUNCTION journal_notify();
CREATE CONSTRAINT TRIGGER journal_90_verify AFTER INSERT ON activity_logs DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((pg_trigger_depth() = 0) AND (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text))) EXECUTE FUNCTION journal_verify_row();
CREATE TRIGGER take_step AFTER INSERT ON activity_logs FOR EACH ROW WHEN (((new.entity = 'task'::text) AND ((new.action = ANY (ARRAY['task.created'::text, 'task.purged'::text])) OR (new.changes ?| '{status,deleted_at,archived_at,estimate}'::text[]) OR ((new.changes ? 'completed_at'::text) AND ((new.data ->> 'archived_at'::text) IS NOT NULL))))) EXECUTE FUNCTION take_step();
ALTER TABLE activity_logs ENABLE ALWAYS TRIGGER take_step;

-- board_columns
CREATE TRIGGER journal_05_pending BEFORE INSERT OR UPDATE OF category ON board_columns FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION columns_pending();
CREATE TRIGGER journal_10_stamp BEFORE INSERT OR UPDATE ON board_columns FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION journal_stamp();
CREATE TRIGGER journal_10_write AFTER INSERT OR DELETE OR UPDATE ON board_columns FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION journal_write('column', 'created', 'deleted');
CREATE TRIGGER journal_20_rules AFTER INSERT OR DELETE OR UPDATE ON board_columns FOR EACH ROW EXECUTE FUNCTION columns_rules();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON board_columns FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();

-- checklist_items
CREATE TRIGGER journal_10_stamp BEFORE INSERT OR UPDATE ON checklist_items FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION journal_stamp();
CREATE TRIGGER journal_10_write AFTER INSERT OR DELETE OR UPDATE ON checklist_items FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION journal_write('checklist_item', 'created', 'deleted');
CREATE TRIGGER journal_20_count AFTER INSERT OR UPDATE OF done ON checklist_items FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION checklists_counted();
CREATE TRIGGER journal_20_rules BEFORE INSERT OR UPDATE OF assignee_id ON checklist_items FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION checklist_items_rules();
CREATE TRIGGER journal_20_uncount AFTER DELETE ON checklist_items REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION checklists_uncounted();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON checklist_items FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();

-- checklists
CREATE TRIGGER journal_10_stamp BEFORE INSERT OR UPDATE ON checklists FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION journal_stamp();
CREATE TRIGGER journal_10_write AFTER INSERT OR DELETE OR UPDATE ON checklists FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION journal_write('checklist', 'created', 'deleted');
CREATE TRIGGER journal_20_count AFTER INSERT ON checklists FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION checklists_counted();
CREATE TRIGGER journal_20_uncount AFTER DELETE ON checklists REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION checklists_uncounted();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON checklists FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();

-- comments
CREATE TRIGGER journal_10_stamp BEFORE INSERT OR UPDATE ON comments FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION journal_stamp();
CREATE TRIGGER journal_10_write AFTER INSERT OR DELETE OR UPDATE ON comments FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION journal_write('comment', 'created', 'deleted');
CREATE TRIGGER journal_20_count AFTER INSERT OR DELETE ON comments FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION comments_counted();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON comments FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();
CREATE TRIGGER search_10_keep AFTER INSERT OR DELETE OR UPDATE OF project_id, task_id, body ON comments FOR EACH ROW EXECUTE FUNCTION keep_comment_text();
ALTER TABLE comments ENABLE ALWAYS TRIGGER search_10_keep;

-- labels
CREATE TRIGGER journal_10_stamp BEFORE INSERT OR UPDATE ON labels FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION journal_stamp();
CREATE TRIGGER journal_10_write AFTER INSERT OR DELETE OR UPDATE ON labels FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION journal_write('label', 'created', 'deleted');
CREATE TRIGGER journal_20_rules BEFORE INSERT OR UPDATE OF name ON labels FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION labels_rules();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON labels FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();

-- notifications
CREATE CONSTRAINT TRIGGER notifications_10_stamp AFTER INSERT ON notifications DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.seq = 0)) EXECUTE FUNCTION notifications_stamp();

-- project_members
CREATE TRIGGER journal_10_stamp BEFORE INSERT OR UPDATE ON project_members FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION journal_stamp();
CREATE TRIGGER journal_10_write AFTER INSERT OR DELETE OR UPDATE ON project_members FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION journal_write('member', 'added', 'removed');
CREATE TRIGGER journal_20_rules AFTER DELETE OR UPDATE ON project_members FOR EACH ROW EXECUTE FUNCTION members_rules();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON project_members FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();
CREATE TRIGGER views_10_end AFTER DELETE ON project_members FOR EACH ROW EXECUTE FUNCTION end_views();
CREATE TRIGGER watching_10_end AFTER DELETE ON project_members FOR EACH ROW EXECUTE FUNCTION end_watching();

-- projects
CREATE TRIGGER journal_10_stamp BEFORE INSERT OR UPDATE OF id, key, name, description, status, created_by, start_date, due_date, created_at, updated_at, seq ON projects FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION journal_stamp_project();
CREATE TRIGGER journal_10_write AFTER INSERT OR DELETE OR UPDATE OF id, key, name, description, status, created_by, start_date, due_date, created_at, updated_at, seq ON projects FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION journal_write_project();
CREATE CONSTRAINT TRIGGER journal_90_verify AFTER UPDATE ON projects DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.event_seq <> old.event_seq)) EXECUTE FUNCTION journal_verify();
CREATE TRIGGER projects_90_gone AFTER DELETE ON projects FOR EACH ROW EXECUTE FUNCTION projects_gone();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON projects FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();
CREATE TRIGGER reminders_10_rest AFTER UPDATE OF status ON projects FOR EACH ROW WHEN (((old.status = ANY (ARRAY['completed'::text, 'archived'::text])) AND (new.status <> ALL (ARRAY['completed'::text, 'archived'::text])))) EXECUTE FUNCTION projects_reopened();

-- task_links
CREATE TRIGGER journal_10_stamp BEFORE INSERT OR UPDATE ON task_links FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION journal_stamp();
CREATE TRIGGER journal_10_write AFTER INSERT OR DELETE OR UPDATE ON task_links FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION journal_write('link', 'created', 'deleted');
CREATE TRIGGER journal_20_block AFTER INSERT OR DELETE ON task_links FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION links_block();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON task_links FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();

-- tasks
CREATE TRIGGER claims_10_lost AFTER UPDATE OF status, assignee_ids, deleted_at, archived_at ON tasks FOR EACH ROW WHEN (old.assignee_ids <> '{}'::uuid[] and (old.status, old.assignee_ids, old.deleted_at, old.archived_at) is distinct from (new.status, new.assignee_ids, new.deleted_at, new.archived_at)) EXECUTE FUNCTION end_lost_claim();
CREATE TRIGGER journal_10_stamp BEFORE INSERT OR UPDATE ON tasks FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION journal_stamp();
CREATE TRIGGER journal_10_write AFTER INSERT OR DELETE OR UPDATE ON tasks FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION journal_write('task', 'created', 'purged');
CREATE TRIGGER journal_05_labels BEFORE UPDATE OF label_ids ON tasks FOR EACH ROW WHEN (((current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) AND (new.label_ids <> old.label_ids))) EXECUTE FUNCTION tasks_same_labels();
CREATE TRIGGER journal_15_labels BEFORE INSERT OR UPDATE ON tasks FOR EACH ROW WHEN (((current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) AND (new.label_ids <> '{}'::uuid[]))) EXECUTE FUNCTION tasks_labels();
CREATE TRIGGER journal_20_rules BEFORE INSERT OR UPDATE ON tasks FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION tasks_rules();
CREATE TRIGGER journal_25_limits BEFORE INSERT OR UPDATE OF parent_id, assignee_ids ON tasks FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION tasks_limits();
CREATE TRIGGER links_10_gone AFTER DELETE ON tasks FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION tasks_linked();
CREATE TRIGGER links_10_open AFTER UPDATE ON tasks FOR EACH ROW WHEN (((((old.completed_at IS NULL) AND (old.deleted_at IS NULL)) <> ((new.completed_at IS NULL) AND (new.deleted_at IS NULL))) AND (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text))) EXECUTE FUNCTION tasks_linked();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON tasks FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();
CREATE TRIGGER reminders_10_rest AFTER UPDATE ON tasks FOR EACH ROW WHEN (((old.completed_at IS NOT NULL) AND (new.completed_at IS NULL) AND ((old.status = new.status) OR (current_setting('flowtrack.draining'::text, true) = 'on'::text)))) EXECUTE FUNCTION tasks_reopened();
CREATE TRIGGER search_10_keep AFTER INSERT OR UPDATE OF project_id, number, title, description ON tasks FOR EACH ROW EXECUTE FUNCTION keep_search_text();
ALTER TABLE tasks ENABLE ALWAYS TRIGGER search_10_keep;

-- users
CREATE TRIGGER inbox_10_open AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION open_inbox();
CREATE TRIGGER users_10_zone BEFORE INSERT OR UPDATE OF timezone ON users FOR EACH ROW EXECUTE FUNCTION users_zone();
CREATE TRIGGER users_rules BEFORE INSERT OR DELETE OR UPDATE ON users FOR EACH ROW EXECUTE FUNCTION users_rules();

-- webhooks
CREATE TRIGGER journal_10_stamp BEFORE INSERT OR UPDATE ON webhooks FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION journal_stamp();
CREATE TRIGGER journal_10_write AFTER INSERT OR DELETE OR UPDATE ON webhooks FOR EACH ROW WHEN (current_setting('flowtrack.importing'::text, true) IS DISTINCT FROM 'on'::text) EXECUTE FUNCTION journal_write('webhook', 'created', 'deleted');
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON webhooks FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();
