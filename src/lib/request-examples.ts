/** Examples of request bodies, for the input schemas. The examples of answers are in examples.ts. */

export const exampleIds = {
  user: '01939f5e-7c5a-7b3e-8f4e-2d1c0b9a8f01',
  other_user: '01939f5e-7c5a-7b3e-8f4e-2d1c0b9a8f14',
  project: '01939f5e-7c5a-7b3e-8f4e-2d1c0b9a8f02',
  other_project: '01939f5e-7c5a-7b3e-8f4e-2d1c0b9a8f21',
  column: '01939f5e-7c5a-7b3e-8f4e-2d1c0b9a8f03',
  task: '01939f5e-7c5a-7b3e-8f4e-2d1c0b9a8f04',
  other_task: '01939f5e-7c5a-7b3e-8f4e-2d1c0b9a8f0b',
  task_link: '01939f5e-7c5a-7b3e-8f4e-2d1c0b9a8f0c',
  member: '01939f5e-7c5a-7b3e-8f4e-2d1c0b9a8f05',
  session: '01939f5e-7c5a-7b3e-8f4e-2d1c0b9a8f06',
  api_key: '01939f5e-7c5a-7b3e-8f4e-2d1c0b9a8f08',
  notification: '01939f5e-7c5a-7b3e-8f4e-2d1c0b9a8f07',
  link: '01939f5e-7c5a-7b3e-8f4e-2d1c0b9a8f0a',
  view: '01939f5e-7c5a-7b3e-8f4e-2d1c0b9a8f12',
  webhook: '01939f5e-7c5a-7b3e-8f4e-2d1c0b9a8f10',
  delivery: '01939f5e-7c5a-7b3e-8f4e-2d1c0b9a8f11',
  claim: '7d1f0c7e-6a0b-4b0e-9c55-3f5f2f3f9a10',
  comment: '01939f5e-7c5a-7b3e-8f4e-2d1c0b9a8f13',
  label: '01939f5e-7c5a-7b3e-8f4e-2d1c0b9a8f0d',
  checklist: '01939f5e-7c5a-7b3e-8f4e-2d1c0b9a8f0e',
  checklist_item: '01939f5e-7c5a-7b3e-8f4e-2d1c0b9a8f0f',
  epoch: '3f0c3f0e-9f2b-4c55-8a53-6b1d2d7c9e10',
}

export const exampleInputs = {
  webhook_url: 'https://hooks.example.com/flowtrack',
  refresh: 'AaIG6hJidU-953mD_eOkcw.c_05G7z0Hcjy80LIpBfJ-EbAZe16dqm6neL0OJZPN1g.mRz0kq1bT0y2m8h5aXw3Vg',
  recovery_token: 'Zt3GkJm8yqf1lVxD0c2sW9bRkP4uHn7TaQe5oYi6MwE',
  checklist_title: 'Languages',
  item_text: 'Klingon',
  comment_body: `In Klingon, too. @[Grace](user:${exampleIds.other_user})`,
  muted_kinds: ['moved'],
  view: { name: 'Late and urgent', query: { overdue: 'true', priority: ['high', 'urgent'], sort: 'due_date' } },
  report_link: { project_id: exampleIds.project, report: 'burndown', query: { interval: 'week', tz: 'Europe/London' } },
}
