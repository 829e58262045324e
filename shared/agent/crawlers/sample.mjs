// Writes ../testdata: crawlers.txt, every example of crawler-user-agents, and browsers.txt, real browsers from the traffic behind
// user-agents and top-user-agents. A + before the agent says that isbot takes it for a bot, a - that it does not.
import { readFileSync, writeFileSync } from 'node:fs'
import { isbot } from 'isbot'

const json = (path) => JSON.parse(readFileSync(new URL(`node_modules/${path}`, import.meta.url)))
const unique = (list) => [...new Set(list)].sort()
const write = (name, agents) =>
  writeFileSync(new URL(`../testdata/${name}`, import.meta.url), agents.map((a) => `${isbot(a) ? '+' : '-'}${JSON.stringify(a).slice(1, -1)}\n`).join(''))

const crawlers = unique(json('crawler-user-agents/crawler-user-agents.json').flatMap((c) => c.instances ?? []))
const seen = unique(json('user-agents/dist/user-agents.json').map((u) => u.userAgent))
// One in so many, so that every kind is there and the file stays small.
const step = Math.max(1, Math.floor(seen.length / 600))
write('crawlers.txt', crawlers)
write('browsers.txt', unique([...json('top-user-agents/src/index.json'), ...seen.filter((_, i) => i % step === 0)]))
