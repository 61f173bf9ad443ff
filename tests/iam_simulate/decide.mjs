// Answers every (policy, request) pair of a file by @cloud-copilot/iam-simulate: one line of JSON each in, one
// letter each out, `A` for allowed and `D` for denied.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const [pairs, beside] = process.argv.slice(2)
const { runUnsafeSimulation } = createRequire(beside)('@cloud-copilot/iam-simulate')

const answer = ({ policies, action, resource, context }) => {
  const result = runUnsafeSimulation(
    {
      request: {
        principal: 'arn:aws:iam::111122223333:role/function',
        action,
        resource: { resource, accountId: '111122223333' },
        contextVariables: context
      },
      identityPolicies: policies.map((policy, index) => ({ name: `p${index}`, policy })),
      serviceControlPolicies: [],
      resourceControlPolicies: []
    },
    {}
  )
  return result === 'Allowed' ? 'A' : 'D'
}

const lines = readFileSync(pairs, 'utf8').split('\n').filter(Boolean)
process.stdout.write(lines.map((line) => answer(JSON.parse(line))).join(''))
