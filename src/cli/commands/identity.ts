/** `selvedge identity`: the commands of the mesh's certificate authority. */
import { defineCommand } from 'citty';

export const identityCommand = defineCommand({
  meta: { name: 'identity', description: 'Issue, show, rotate and revoke certificates and tokens of the mesh' },
  subCommands: {
    issue: {
      meta: { name: 'issue', description: 'Get a certificate or a token' },
      subCommands: {
        x509: async () => (await import('./identity/issue-x509.ts')).issueX509Command,
        jwt: async () => (await import('./identity/issue-jwt.ts')).issueJwtCommand,
      },
    },
    token: {
      meta: { name: 'token', description: 'Join tokens: each proves one identity, once' },
      subCommands: { create: async () => (await import('./identity/token.ts')).createTokenCommand },
    },
    show: async () => (await import('./identity/show.ts')).showCommand,
    rotate: async () => (await import('./identity/rotate.ts')).rotateCommand,
    revoke: async () => (await import('./identity/revoke.ts')).revokeCommand,
    lift: async () => (await import('./identity/lift.ts')).liftCommand,
    audit: async () => (await import('./identity/audit.ts')).auditCommand,
    federate: async () => (await import('./identity/federate.ts')).federateCommand,
    attest: {
      meta: { name: 'attest', description: "Rules by which a platform's tokens prove an identity" },
      subCommands: {
        add: async () => (await import('./identity/attest-add.ts')).attestAddCommand,
        list: async () => (await import('./identity/attest-list.ts')).attestListCommand,
        remove: async () => (await import('./identity/attest-remove.ts')).attestRemoveCommand,
      },
    },
  },
});
