// SPDX-License-Identifier: ISC
// Verify requests, a line of JSON each on standard input, with the secrets
// that are named: prints a line for each, request, verifier, secret, verdict.
const { Webhook: Standard } = require('standardwebhooks');
const { Webhook: Svix } = require('svix');

const verifiers = { standardwebhooks: Standard, svix: Svix };
const lines = require('fs').readFileSync(0, 'utf8').trim().split('\n');

lines.map((line) => JSON.parse(line)).forEach((request, n) => {
	for (const [name, Webhook] of Object.entries(verifiers)) {
		process.argv.slice(2).forEach((secret, at) => {
			let verdict = 'ok';
			try {
				new Webhook(secret).verify(request.body,
				    request.headers);
			} catch (e) {
				verdict = e.message;
			}
			console.log([n, name, at, verdict].join(' '));
		});
	}
});
