import { expect, it } from 'vitest'
import { archivedTitlesOf, labelsOf, read, taskOf, titlesByColumn } from '../../../test/support/import-plans.ts'

/* Made-up files with the inconsistencies that real exports have. */

const idAt = (at: string, n = 0) =>
  `${(Date.parse(at) / 1000).toString(16).padStart(8, '0')}${n.toString(16).padStart(16, '0')}`
const card = (id: string, idList: string, name: string, fields: object = {}) => ({
  id,
  idList,
  name,
  desc: '',
  closed: false,
  pos: 16384,
  dateLastActivity: null,
  badges: { comments: 0 },
  ...fields,
})

it.each([
  ['UTC', '2026-05-01', '2026-03-29', '2026-01-31'],
  ['Europe/Berlin', '2026-05-02', '2026-03-29', '2026-01-31'],
  ['America/New_York', '2026-05-01', '2026-03-28', '2026-01-31'],
])('reads a board of Trello of 2026 with the time zone %s', async (zone, catalogue, shift, pruned) => {
  const long = `${'x'.repeat(596)} END`
  const [prune, share, fence] = [
    idAt('2026-01-02T08:00:00Z'),
    idAt('2026-02-02T08:00:00Z'),
    idAt('2026-02-01T08:00:00Z'),
  ]
  const [elio, cynthia, deepak] = ['e', 'c', 'd']
  const tools = { id: 't1', name: 'Tools', color: 'blue' }
  const comment = (
    id: string,
    cardId: string,
    date: string,
    by: string,
    text: string,
    type = 'commentCard',
    more = {},
  ) => ({
    id,
    type,
    date,
    idMemberCreator: by,
    memberCreator: { id: by, fullName: by === elio ? 'Elio Marsh' : by, username: by },
    data: { card: { id: cardId }, text, ...more },
  })
  const board = {
    name: 'Allotment Year 2026',
    actions: [
      comment('c4', prune, '2026-03-01T12:00:01.000Z', deepak, 'Mind the nest.', 'copyCommentCard', {
        idOriginalCommenter: cynthia,
      }),
      comment('c3', prune, '2026-01-29T10:00:00.000Z', cynthia, 'Half done.'),
      comment('c2', share, '2026-02-03T09:00:00.500Z', elio, 'I can take ten.'),
      comment('c1', share, '2026-02-03T09:00:00.100Z', deepak, 'Who wants some?'),
      comment('c0', 'gone', '2026-02-03T09:00:00.100Z', deepak, 'Of a deleted card'),
    ],
    cards: [
      card(idAt('2026-01-13T08:00:00Z'), 'l1', 'https://example.com/seed-catalogue', {
        pos: 2 ** 47,
        idShort: 3,
        start: '2026-05-10T10:00:00.000Z',
        due: '2026-05-01T22:30:00.000Z',
      }),
      card(idAt('2026-01-10T08:00:00Z', 2), 'l1', 'Sow beans', {
        pos: 2 ** 46,
        labels: [tools],
        customFieldItems: [
          { idCustomField: 'f1', value: { date: '2026-07-01T00:00:00.000Z' } },
          { idCustomField: 'f2', idValue: 'missing', value: null },
        ],
      }),
      card(idAt('2025-12-01T08:00:00Z', 1), 'l1', 'Buy compost', {
        pos: 2 ** 46,
        labels: [
          { id: 'b', name: '', color: 'black' },
          { id: 'old', name: 'From old board', color: 'pink' },
        ],
      }),
      card(idAt('2026-01-12T08:00:00Z'), 'l1', long, { pos: 1, idShort: 3, desc: 'Short text.' }),
      card(fence, 'l2', 'Mend the fence', {
        dueComplete: true,
        due: null,
        dateCompleted: '2026-04-05T10:00:00.000Z',
        labels: [tools, { id: 't2', name: 'Tools', color: 'blue' }],
      }),
      card(idAt('2026-02-03T08:00:00Z'), 'l3', 'Early shift', { pos: 5, due: '2026-03-29T00:30:00.000Z' }),
      card(share, 'l3', 'Share seedlings', {
        pos: 6,
        idMembers: [deepak, elio],
        labels: [{ id: 'n', name: '', color: null }],
        badges: { comments: 2 },
      }),
      card(idAt('2026-03-01T12:00:00Z'), 'l4', 'Copied from the club board', {
        pos: 1,
        dateLastActivity: '2024-01-01T00:00:00.000Z',
      }),
      card(prune, 'l4', 'Prune the apple tree', {
        pos: 2,
        desc: 'One\r\nTwo\r\n<b>Not HTML</b> &amp; not entities\r\nFour',
        due: '2026-01-31T12:00:00.000Z',
        dueComplete: true,
        dateCompleted: '2026-01-30T16:20:30.400Z',
        badges: { comments: 2 },
      }),
      card(idAt('2019-05-01T08:00:00Z'), 'l0', 'Forgotten but open'),
      card(idAt('2026-02-01T08:00:00Z', 9), 'l2', 'Archived on purpose', {
        closed: true,
        dateClosed: '2026-02-14T06:07:08.900Z',
      }),
    ],
    labels: [
      tools,
      { id: 't2', name: 'Tools', color: 'blue' },
      { id: 'b', name: '', color: 'black' },
      { id: 'n', name: '', color: null },
    ],
    lists: [
      { id: 'l5', name: 'Parked – nothing here', closed: false, pos: 2 ** 47 + 4 },
      { id: 'l4', name: 'Done', closed: false, pos: 2 ** 47 + 3 },
      { id: 'l3', name: 'Doing', closed: false, pos: 2 ** 47 + 2 },
      { id: 'l2', name: 'Doing', closed: false, pos: 2 ** 47 + 1 },
      { id: 'l1', name: 'やること', closed: false, pos: 2 ** 47 },
      { id: 'l0', name: '2019', closed: true, pos: 1 },
    ],
    members: [
      { id: cynthia, fullName: 'Cynthia Vale', username: 'cv' },
      { id: deepak, fullName: 'Deepak Rao', username: 'dr' },
    ],
    checklists: [
      {
        id: 'k2',
        name: 'Cuts',
        idCard: prune,
        pos: 2,
        checkItems: [
          { name: 'Third', state: 'complete', pos: 3 },
          { name: 'First', state: 'incomplete', pos: 1 },
          { name: 'Second', state: 'complete', pos: 2 },
        ],
      },
      {
        id: 'k1',
        name: 'Before',
        idCard: prune,
        pos: 1,
        checkItems: [{ name: 'Sharpen the saw', state: 'complete', pos: 1 }],
      },
      { id: 'k0', name: 'Nobody’s', idCard: 'gone', pos: 1, checkItems: [] },
    ],
    customFields: [
      { id: 'f1', name: 'Harvest' },
      { id: 'f2', name: 'Soil', options: [] },
    ],
  }
  const {
    plan,
    warnings,
    board: model,
  } = await read(JSON.stringify(board, null, 2), { zone, accounts: { [deepak]: 'deepak' } })
  const cut = taskOf(plan, long.slice(0, 500))
  expect(titlesByColumn(plan)).toEqual([
    ['やること', 'todo', [cut.title, 'Buy compost', 'Sow beans', 'https://example.com/seed-catalogue']],
    ['Doing', 'in_progress', ['Mend the fence']],
    ['Doing', 'in_progress', ['Early shift', 'Share seedlings']],
    ['Done', 'done', ['Copied from the club board', 'Prune the apple tree']],
    ['Parked – nothing here', 'in_progress', []],
  ])
  expect(plan.columns.map(({ key }) => key)).toEqual(['column_1', 'doing', 'doing_2', 'done', 'parked_nothing_here'])
  expect(archivedTitlesOf(plan)).toEqual(['Archived on purpose', 'Forgotten but open'])
  expect(taskOf(plan, 'Archived on purpose').archived_at).toBe('2026-02-14T06:07:08.900Z')
  expect(cut.description).toBe(`${long}\n\nShort text.`)
  expect(taskOf(plan, 'https://example.com/seed-catalogue')).toMatchObject({ start_date: null, due_date: catalogue })
  expect(taskOf(plan, 'Early shift').due_date).toBe(shift)
  expect(taskOf(plan, 'Prune the apple tree')).toMatchObject({
    due_date: pruned,
    completed_at: '2026-01-30T16:20:30.400Z',
  })
  expect(taskOf(plan, 'Prune the apple tree').description).toBe('One\nTwo\n<b>Not HTML</b> &amp; not entities\nFour')
  expect(labelsOf(plan, 'Mend the fence')).toEqual(['Tools'])
  expect(labelsOf(plan, 'Buy compost')).toEqual(['Black', 'From old board'])
  expect(labelsOf(plan, 'Share seedlings')).toEqual(['Label'])
  expect(taskOf(plan, 'Mend the fence')).toMatchObject({
    completed_at: null,
    description: expect.stringContaining('Completed: 2026-04-05T10:00:00.000Z'),
  })
  expect(taskOf(plan, 'Sow beans').description).toContain('Harvest: 2026-07-01')
  expect(taskOf(plan, 'Copied from the club board').updated_at).toBe('2026-03-01T12:00:00.000Z')
  expect(taskOf(plan, 'Share seedlings')).toMatchObject({
    assignee_ids: ['deepak'],
    description: expect.stringContaining('Elio Marsh'),
  })
  const said = (title: string) => taskOf(plan, title).comments.map(({ at, user_id, body }) => [at, user_id, body])
  expect(said('Share seedlings')).toEqual([
    ['2026-02-03T09:00:00.100Z', 'deepak', 'Who wants some?'],
    ['2026-02-03T09:00:00.500Z', null, 'Elio Marsh:\n\nI can take ten.'],
  ])
  expect(said('Prune the apple tree').map(([, , body]) => body)).toEqual([
    'Cynthia Vale:\n\nHalf done.',
    'Cynthia Vale:\n\nMind the nest.',
  ])
  expect(
    taskOf(plan, 'Prune the apple tree').checklists.map(({ title, items }) => [
      title,
      items.map(({ text, done }) => `${done} ${text}`),
    ]),
  ).toEqual([
    ['Before', ['true Sharpen the saw']],
    ['Cuts', ['false First', 'true Second', 'true Third']],
  ])
  expect(model.people.map(({ name }) => name).toSorted()).toEqual(['Cynthia Vale', 'Deepak Rao', 'Elio Marsh'])
  expect(warnings).toMatchObject({
    titles_cut: 1,
    fields_unknown: 1,
    starts_dropped: 1,
    completed_elsewhere: 1,
    comments_orphaned: 1,
    checklists_orphaned: 1,
    columns_archived: 1,
  })
  expect(warnings).not.toHaveProperty('comments_missing')
})

const FRENCH =
  "Résumé,Clé de ticket,ID de ticket,Type de ticket,État,Clé du projet,Nom du projet,Priorité,Résolution,Personne assignée,Identifiant de la personne assignée,Rapporteur,Identifiant du rapporteur,Création,Mise à jour,Résolu,Date d'échéance,Étiquettes,Description,Estimation originale,Champs personnalisés (Rank),Champs personnalisés (Start date),Champs personnalisés (Story Points),Commentaire,Commentaire,Parent,Clé parente,Catégorie d'état"
const frenchRow = (fields: Record<string, string>) => {
  const seen = new Map<string, number>()
  return FRENCH.split(',').map((name) => {
    const n = (seen.get(name) ?? 0) + 1
    seen.set(name, n)
    const text = fields[n === 1 ? name : `${name}#${n}`] ?? ''
    return `"${text.replaceAll('"', '""')}"`
  })
}
const french = (key: string, fields: Record<string, string>) =>
  frenchRow({
    'Clé de ticket': key,
    'ID de ticket': `2${key.replace(/\D/g, '').padStart(4, '0')}`,
    'Clé du projet': key.replace(/-.*/, ''),
    'Nom du projet': key.replace(/-.*/, ''),
    ...fields,
  })

it.each([
  ['UTC', 0, 0],
  ['Europe/Paris', 2, 1],
])('reads a French file of Jira with two projects and the time zone %s', async (zone, summer, winter) => {
  const [tom, zoe] = ['5f00aa11bb22cc33dd44ee55', '557058:aaaabbbb-cccc-4ddd-8eee-ffff00001111']
  const open = { État: 'À faire', "Catégorie d'état": 'À faire' }
  const rows = [
    french('QUAI-12', {
      ...{
        Résumé: 'Mesurer la houle',
        État: 'En cours',
        "Catégorie d'état": 'En cours',
        Priorité: 'Élevée',
        Création: '05/juil./25 2:47 PM',
        'Mise à jour': '15/déc./25 12:01 AM',
        "Date d'échéance": '31/déc./25 12:00 AM',
      },
      ...{
        'Champs personnalisés (Start date)': '05/janv./26 12:00 AM',
        'Personne assignée': 'Tom Quill',
        'Identifiant de la personne assignée': tom,
        Rapporteur: 'Zoë Ramos',
        'Identifiant du rapporteur': zoe,
      },
      ...{
        Étiquettes: 'mer',
        Parent: '20010',
        'Champs personnalisés (Rank)': '0|b',
        Commentaire: `15/juil./25 5:50 PM;${zoe};Premier`,
        'Commentaire#2':
          '05/août/25 3:00 PM;712020:ffffffff-1111-4222-8333-444455556666;Auteur inconnu; avec point-virgule',
      },
    }),
    french('QUAI-11', {
      Résumé: 'Relire les notes',
      État: 'en cours',
      "Catégorie d'état": 'En cours',
      Création: '01/févr./25 6:13 PM',
      'Mise à jour': '30/juin/25 1:00 AM',
      'Champs personnalisés (Rank)': '0|a',
      Description: 'h1. Titre\n||a||b||\n** liste',
    }),
    french('QUAI-10', {
      Résumé: 'Capteurs',
      ...open,
      Création: '12/avr./25 7:24 PM',
      'Mise à jour': '27/mai/25 1:00 AM',
      'Champs personnalisés (Story Points)': '0.5',
      'Estimation originale': '28800',
      'Champs personnalisés (Rank)': '0|c',
    }),
    french('QUAI-9', {
      Résumé: 'Ranger les câbles',
      État: 'Terminé(e)',
      "Catégorie d'état": 'Terminé',
      Création: '01/mars/25 12:00 PM',
      'Mise à jour': '02/mars/25 12:00 AM',
      Résolu: '02/mars/25 12:00 AM',
    }),
    french('PHARE-2', {
      Résumé: "Peindre l'escalier",
      ...open,
      Création: '14/sept./25 3:34 AM',
      'Mise à jour': '14/sept./25 3:34 AM',
    }),
    [
      ...french('QUAI-7', {
        Résumé: 'Ligne trop courte',
        ...open,
        Création: '27/févr./25 11:59 PM',
        'Mise à jour': '27/févr./25 11:59 PM',
      }).slice(0, 15),
    ],
    [...french('QUAI-8', { Résumé: 'Trop large', ...open }), '"shifted"'],
    french('QUAI-9', { Résumé: 'Une autre fois', ...open }),
  ]
  // Short rows have no category: their status is known from the others.
  const csv = [FRENCH, ...rows.map((row) => row.join(','))].join('\r\n')
  const { format, plan, warnings, examples, board } = await read(csv, { zone })
  const at = (utc: string, ahead: number) => new Date(Date.parse(utc) - ahead * 3_600_000).toISOString()
  expect([format, board.key]).toEqual(['jira', 'QUAI'])
  expect(titlesByColumn(plan)).toEqual([
    ['À faire', 'todo', ['Capteurs', 'Ligne trop courte']],
    ['En cours', 'in_progress', ['Relire les notes', 'Mesurer la houle']],
    ['Terminé(e)', 'done', ['Ranger les câbles']],
  ])
  expect(warnings).toMatchObject({
    projects_left: 1,
    rows_wide: 1,
    rows_repeated: 1,
    starts_dropped: 1,
    comment_authors_unknown: 1,
  })
  expect(examples.find(({ code }) => code === 'rows_wide')?.examples).toEqual(['row 8: 29 cells for 28 headers'])
  const wave = taskOf(plan, 'Mesurer la houle')
  expect(wave).toMatchObject({
    created_at: at('2025-07-05T14:47Z', summer),
    updated_at: at('2025-12-15T00:01Z', winter),
    due_date: '2025-12-31',
    start_date: null,
    parent: 'QUAI-10',
    card: { priority: 'high' },
    description: expect.stringContaining('Assigned to: Tom Quill'),
  })
  expect(labelsOf(plan, 'Mesurer la houle')).toEqual(['mer'])
  expect(wave.comments.map(({ at, body }) => [at, body])).toEqual([
    [at('2025-07-15T17:50Z', summer), 'Zoë Ramos:\n\nPremier'],
    [at('2025-08-05T15:00Z', summer), 'Auteur inconnu; avec point-virgule'],
  ])
  expect(taskOf(plan, 'Relire les notes')).toMatchObject({
    created_at: at('2025-02-01T18:13Z', winter),
    updated_at: at('2025-06-30T01:00Z', summer),
  })
  expect(taskOf(plan, 'Relire les notes').description).toContain('h1. Titre\n||a||b||\n** liste')
  expect(taskOf(plan, 'Capteurs')).toMatchObject({
    created_at: at('2025-04-12T19:24Z', summer),
    card: { estimate: 0.5 },
  })
  expect(taskOf(plan, 'Ranger les câbles')).toMatchObject({
    created_at: at('2025-03-01T12:00Z', winter),
    completed_at: at('2025-03-02T00:00Z', winter),
  })
  expect(taskOf(plan, 'Ligne trop courte').created_at).toBe(at('2025-02-27T23:59Z', winter))
  const other = await read(csv, { zone, project: 'phare' })
  expect(titlesByColumn(other.plan)).toEqual([['À faire', 'todo', ["Peindre l'escalier"]]])
  expect(taskOf(other.plan, "Peindre l'escalier").created_at).toBe(at('2025-09-14T03:34Z', summer))
})

const LINEAR = [
  'ID',
  'Team',
  'Title',
  'Description',
  'Status',
  'Estimate',
  'Priority',
  'Creator',
  'Assignee',
  'Labels',
  'Created',
  'Updated',
  'Started',
  'Completed',
  'Canceled',
  'Archived',
  'Due Date',
  'Parent issue',
  'UUID',
]
const linear = (fields: Record<string, string>) =>
  LINEAR.slice(0, -1)
    .map((name) => `"${(fields[name] ?? '').replaceAll('"', '""')}"`)
    .join(',')

it.each([
  ['UTC', '2025-05-31'],
  ['Europe/Berlin', '2025-06-01'],
])('reads a file of Linear with short rows, two formats of dates and the time zone %s', async (zone, due) => {
  const day = (n: number) => `2025-05-0${n}T07:00:00.000Z`
  const header = LINEAR.map((name) => `"${name}"`).join(',')
  const boats = { Team: 'Boats', Status: 'Todo', Created: day(1), Updated: day(1) }
  const rows = [
    linear({
      ...boats,
      ID: 'BOA-7',
      Title: 'Varnish the mast',
      Status: 'Doing it',
      Description: 'Two coats.\n\n> "thin"',
      Created: 'Sun May 11 2025 07:43:48 GMT+0000 (GMT+00:00)',
      Updated: '2025-05-12T00:00:00.000Z',
      Started: 'Sun May 11 2025 08:00:00 GMT+0000 (GMT+00:00)',
      'Due Date': 'Sat May 31 2025 22:00:00 GMT+0000 (GMT+00:00)',
      'Parent issue': 'BOA-6',
      Labels: 'wood, ropes, wood',
      Estimate: '2',
      Assignee: 'petra@example.com',
      Creator: 'Petra Lind',
    }),
    header,
    linear({
      ...boats,
      ID: 'BOA-6',
      Title: 'Refit',
      Status: 'Backlog',
      'Parent issue': 'BOA-1',
      Priority: 'No priority',
    }),
    linear({
      ...boats,
      ID: 'BOA-5',
      Title: 'Check the anchor',
      Status: 'Done',
      Completed: 'Sat May 17 2025 12:05:44 GMT+0200 (CEST)',
      Updated: '2025-05-20T10:00:00.000Z',
      Priority: 'Urgent',
    }),
    linear({ ...boats, ID: 'BOA-4', Description: 'No title here' }),
    linear({ ...boats, ID: 'BOA-3', Title: 'Loop A', 'Parent issue': 'BOA-2' }),
    linear({
      ...boats,
      ID: 'BOA-2',
      Title: 'Loop B',
      'Parent issue': 'BOA-3',
      Created: 'someday',
      Updated: '2025-05-06T07:00:00.000Z',
    }),
    linear({ ...boats, ID: 'BOA-7', Title: 'Again' }),
    linear({ ...boats, ID: 'SHO-1', Team: 'Shore', Title: 'Paint the shed', Status: 'Backlog' }),
  ]
  const csv = [header, ...rows].join('\n')
  const { plan, warnings } = await read(csv, { zone })
  expect(titlesByColumn(plan)).toEqual([
    ['Backlog', 'backlog', ['Refit']],
    ['Todo', 'todo', ['(untitled)', 'Loop A', 'Loop B']],
    ['Doing it', 'in_progress', ['Varnish the mast']],
    ['Done', 'done', ['Check the anchor']],
  ])
  expect(warnings).toMatchObject({
    rows_header: 1,
    rows_repeated: 1,
    rows_narrow: 7,
    projects_left: 1,
    parents_unknown: 1,
    parents_circular: 1,
    titles_missing: 1,
    dates_unreadable: 1,
    times_missing: 1,
  })
  const mast = taskOf(plan, 'Varnish the mast')
  expect(mast).toMatchObject({
    created_at: '2025-05-11T07:43:48.000Z',
    updated_at: '2025-05-12T00:00:00.000Z',
    started_at: '2025-05-11T08:00:00.000Z',
    due_date: due,
    parent: 'BOA-6',
    card: { estimate: 2 },
  })
  expect(mast.description).toContain('Two coats.\n\n> "thin"')
  expect(labelsOf(plan, 'Varnish the mast')).toEqual(['wood', 'ropes'])
  expect(taskOf(plan, 'Check the anchor')).toMatchObject({
    completed_at: '2025-05-17T10:05:44.000Z',
    updated_at: '2025-05-20T10:00:00.000Z',
    card: { priority: 'urgent' },
  })
  expect(taskOf(plan, '(untitled)').description).toBe('No title here')
  expect(taskOf(plan, 'Loop B').created_at).toBe('2025-05-06T07:00:00.000Z')
  expect([taskOf(plan, 'Loop A').parent, taskOf(plan, 'Loop B').parent].filter(Boolean)).toHaveLength(1)
  expect(titlesByColumn((await read(csv, { project: 'Shore' })).plan)).toEqual([
    ['Backlog', 'backlog', ['Paint the shed']],
  ])
})

it.each([
  ['UTC', '2019-05-01'],
  ['Europe/Berlin', '2019-05-02'],
])('reads an inconsistent board of WeKan with the time zone %s', async (zone, due) => {
  const at = (day: number) => `2019-03-0${day}T10:00:00.000Z`
  const wekan = (_id: string, title: string, listId: string, fields: object = {}) => ({
    _id,
    title,
    listId,
    swimlaneId: 's1',
    sort: -1,
    archived: false,
    createdAt: at(5),
    ...fields,
  })
  const board = {
    _format: 'wekan-board-1.0.0',
    title: 'Radio club',
    labels: [
      { _id: 'a1', name: 'antenna', color: 'red' },
      { _id: 'a2', name: 'Antenna', color: 'red' },
      { _id: 'n', color: 'gold' },
    ],
    lists: [
      { _id: 'l2', title: 'Ideen', sort: -2 },
      { _id: 'l1', title: 'Ideen', sort: -3.25 },
      { _id: 'l3', title: 'Fertig', sort: '4' },
      { _id: 'l4', title: 'Alt', sort: 9, archived: true },
    ],
    swimlanes: [
      { _id: 's1', sort: 0 },
      { _id: 's2', sort: 1 },
    ],
    cards: [
      wekan('c3', 'Funkplan', 'l1', {
        swimlaneId: 's2',
        createdAt: at(3),
        startAt: '2019-05-03T10:00:00.000Z',
        dueAt: '2019-05-01T22:30:00.000Z',
      }),
      wekan('c2', 'Dipol bauen', 'l1', {
        createdAt: at(1),
        assignees: ['uJuno', 'uGhost'],
        labelIds: ['a1', 'a2', 'xMissing'],
        customFields: [
          { _id: 'f1', value: 'o2' },
          { _id: 'f9', value: 'x' },
        ],
      }),
      wekan('c1', 'Zelt leihen', 'l1', { createdAt: '2019-02-01T10:00:00.000Z' }),
      wekan('c6', 'Altes Gerät', 'l2', { sort: 13 }),
      wekan('c5', 'Unteraufgabe', 'l2', { sort: '12.5', parentId: 'c2' }),
      wekan('c4', '', 'l2', { sort: -7 }),
      wekan('c7', 'Diplom', 'l3', { endAt: 'bald', modifiedAt: '2019-03-09T10:00:00.000Z', labelIds: ['n'] }),
      wekan('c8', 'Ohne Liste', 'lGone', { swimlaneId: 'sGone' }),
      wekan('c9', 'In der alten Liste', 'l4'),
    ],
    comments: [
      { _id: 'm1', cardId: 'c2', text: 'Von wem?', userId: 'uNobody', createdAt: at(2) },
      { _id: 'm2', cardId: 'cGone', text: 'Verwaist', userId: 'uJuno', createdAt: at(2) },
    ],
    checklists: [
      { _id: 'k1', cardId: 'c1', title: 'Vorher', sort: 0 },
      { _id: 'k2', cardId: 'c1', title: 'Packen', sort: 1 },
      { _id: 'k3', cardId: 'cGone', title: 'Verwaist', sort: 0 },
    ],
    checklistItems: [
      { _id: 'i1', checklistId: 'k2', cardId: 'c1', title: 'Heringe', sort: 0, isFinished: true },
      { _id: 'i2', checklistId: 'k2', cardId: 'c1', title: 'Kabel', sort: 0, isFinished: false },
      { _id: 'i3', checklistId: 'k3', cardId: 'cGone', title: 'x', sort: 0, isFinished: false },
    ],
    subtaskItems: [wekan('c5', 'Unteraufgabe', 'l2', { parentId: 'c2' })],
    customFields: [{ _id: 'f1', name: 'Band', settings: { dropdownItems: [{ _id: 'o2', name: '70 cm' }] } }],
    users: [{ _id: 'uJuno', username: 'juno', profile: { fullname: 'Juno' } }],
  }
  const { format, plan, warnings } = await read(JSON.stringify(board), { zone, accounts: { uJuno: 'juno' } })
  expect(format).toBe('wekan')
  expect(titlesByColumn(plan).map(([name, , titles]) => [name, titles])).toEqual([
    ['Ideen', ['Zelt leihen', 'Dipol bauen', 'Funkplan', 'Ohne Liste']],
    ['Ideen', ['(untitled)', 'Unteraufgabe', 'Altes Gerät']],
    ['Fertig', ['Diplom']],
  ])
  expect(archivedTitlesOf(plan)).toEqual(['In der alten Liste'])
  expect(taskOf(plan, 'Dipol bauen')).toMatchObject({
    created_at: at(1),
    assignee_ids: ['juno'],
    description: expect.stringContaining('Band: 70 cm'),
  })
  expect(taskOf(plan, 'Dipol bauen').comments).toMatchObject([{ at: at(2), user_id: null, body: 'Von wem?' }])
  expect(labelsOf(plan, 'Dipol bauen')).toEqual(['antenna'])
  expect(labelsOf(plan, 'Diplom')).toEqual(['Gold'])
  expect(taskOf(plan, 'Funkplan')).toMatchObject({ start_date: null, due_date: due })
  expect(
    taskOf(plan, 'Zelt leihen').checklists.map(({ title, items }) => [
      title,
      items.map(({ text, done }) => [text, done]),
    ]),
  ).toEqual([
    ['Vorher', []],
    [
      'Packen',
      [
        ['Heringe', true],
        ['Kabel', false],
      ],
    ],
  ])
  expect(taskOf(plan, 'Diplom').completed_at).toBe('2019-03-09T10:00:00.000Z')
  expect(taskOf(plan, 'Unteraufgabe').parent).toBe('c2')
  expect(warnings).toMatchObject({
    unknown_people: 1,
    labels_unknown: 1,
    fields_unknown: 1,
    comment_authors_unknown: 1,
    starts_dropped: 1,
    dates_unreadable: 1,
    titles_missing: 1,
    columns_unknown: 1,
    comments_orphaned: 1,
    checklists_orphaned: 1,
  })
})

it('reads a file of Asana in which several tasks have the same name', async () => {
  const header =
    'Task ID,Created At,Completed At,Last Modified, Name ,Section/Column ,Assignee,Assignee Email,Start Date,Due Date,Tags,Notes,Projects,Parent task,Blocked By (Dependencies),Blocking (Dependencies),Stage ,Total  Amount'
  const row = (id: string, name: string, fields: Record<number, string>) =>
    Array.from(
      { length: 18 },
      (_, n) =>
        `"${(n === 0 ? id : n === 4 ? name : n === 1 ? '2026-06-01' : n === 3 ? '2026-06-02' : (fields[n] ?? '')).replaceAll('"', '""')}"`,
    ).join(',')
  const paper = 'Paper, "thick"\r\n(A2)'
  const csv = `\ufeff${[
    header,
    row('1209000000000001', 'Poster', { 5: 'Design', 6: "Sam O'Brien", 16: 'Approved', 17: '7,500' }),
    row('1209000000000002', 'Ink', { 7: 'sam@example.com', 13: 'Poster' }),
    row('1209000000000003', 'Poster', { 5: 'Print ' }),
    row('1209000000000004', paper, { 13: 'Poster', 11: '=HYPERLINK("x")\r\nTwo lines' }),
    row('1209000000000005', 'Ink the plates', { 13: paper, 5: 'Print' }),
    row('1209000000000006', 'Stamps:', {
      2: '2026-06-30',
      5: 'Print',
      8: '2026-06-20',
      9: '2026-06-10',
      10: 'post,Überseepost',
    }),
    row('1.21E+15', 'Opened in a spreadsheet', { 5: 'Design', 9: '9/6/2026' }),
    row('1209000000000008', '', { 5: 'Design' }),
    row('1209000000000009', 'Orphan', { 13: 'Nobody' }),
  ].join('\r\n')}`
  const { format, plan, warnings, board } = await read(csv, { accounts: { 'sam@example.com': 'sam' } })
  expect(format).toBe('asana')
  expect(titlesByColumn(plan).map(([name, , titles]) => [name, titles])).toEqual([
    ['Design', ['Poster', 'Ink', 'Opened in a spreadsheet', '(untitled)']],
    ['Print', ['Poster', 'Paper, "thick" (A2)', 'Ink the plates']],
    ['Done', ['Stamps:']],
    ['No section', ['Orphan']],
  ])
  const parentOf = (title: string) => plan.tasks.find(({ card }) => card.id === taskOf(plan, title).parent)?.card.id
  expect([parentOf('Ink'), parentOf('Paper, "thick" (A2)'), parentOf('Ink the plates')]).toEqual([
    'row 2',
    'row 4',
    'row 5',
  ])
  expect(taskOf(plan, 'Ink').assignee_ids).toEqual(['sam'])
  expect(board.people.map(({ name, email }) => [name, email])).toEqual([
    ["Sam O'Brien", undefined],
    ['sam@example.com', 'sam@example.com'],
  ])
  expect(taskOf(plan, 'Stamps:')).toMatchObject({
    completed_at: '2026-06-30T00:00:00.000Z',
    due_date: '2026-06-10',
    start_date: null,
  })
  expect(labelsOf(plan, 'Stamps:')).toEqual(['post', 'Überseepost'])
  expect(taskOf(plan, 'Opened in a spreadsheet').due_date).toBeNull()
  expect(taskOf(plan, 'Paper, "thick" (A2)').description).toBe('=HYPERLINK("x")\nTwo lines')
  const poster = plan.tasks.find(({ card }) => card.id === 'row 2')
  expect(poster?.description).toMatch(/Stage: Approved\n- Total {2}Amount: 7,500\n- Assigned to: Sam O'Brien/)
  expect(warnings).toMatchObject({
    ids_untrusted: 1,
    dates_unreadable: 1,
    starts_dropped: 1,
    titles_missing: 1,
    parents_unknown: 1,
  })
  const dmy = await read(csv, { dates: 'dmy' })
  expect(taskOf(dmy.plan, 'Opened in a spreadsheet').due_date).toBe('2026-06-09')
})
