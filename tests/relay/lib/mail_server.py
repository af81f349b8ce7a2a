#!/usr/bin/python3
# SPDX-License-Identifier: ISC
#
# mail_server.py DIR MODE [CERT KEY]: a mail server on a free port of
# 127.0.0.1, which is in DIR/port once it listens.  It keeps each mail as a
# line of DIR/mails: its envelope, its bytes in base64, who logged in, and how
# Python understands it.  MODE is plain, starttls, which takes nothing without
# TLS and a login, or tls.
#
# It answers 451 for recipients busy@..., 550 for unknown@..., and 554 to a
# mail that has REFUSE in its subject.
import asyncio
import base64
import email
import email.policy
import json
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

directory, mode = sys.argv[1:3]
parent = os.getppid()


def understood(data):
    mail = email.message_from_bytes(data, policy=email.policy.default)
    return {
        'subject': mail['subject'],
        'references': mail['references'],
        'message_id': mail['message-id'],
        'in_reply_to': mail['in-reply-to'],
        'from': mail['from'],
        'to': mail['to'],
        'names': [name.lower() for name in mail.keys()],
        'body': mail.get_content(),
        'defects': [str(d) for d in mail.defects],
    }


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        for word, answer in (('busy@', '451 4.3.0 come again'),
                             ('unknown@', '550 5.1.1 no such user')):
            if address.startswith(word):
                return answer
        envelope.rcpt_tos.append(address)
        return '250 OK'

    async def handle_DATA(self, server, session, envelope):
        data = envelope.original_content
        python = understood(data)
        if 'REFUSE' in (python['subject'] or ''):
            return '554 5.7.1 not this'
        line = json.dumps({
            'from': envelope.mail_from,
            'recipients': envelope.rcpt_tos,
            'data': base64.b64encode(data).decode(),
            'login': getattr(session, 'login', None),
            'tls': session.ssl is not None or mode == 'tls',
            'python': python,
        })
        with open(directory + '/mails', 'a') as kept:
            kept.write(line + '\n')
        return '250 OK'


def authenticate(server, session, envelope, mechanism, data):
    session.login = [data.login.decode(), data.password.decode()]
    return AuthResult(success=data.password == b'pAsSwOrD', handled=False)


async def serve():
    context = None
    options = {}
    if mode != 'plain':
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*sys.argv[3:5])
    if mode == 'starttls':
        options = {'tls_context': context, 'require_starttls': True,
                   'auth_required': True, 'authenticator': authenticate}
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(Handler(), hostname='mail.example', **options),
        '127.0.0.1', 0, ssl=context if mode == 'tls' else None)
    with open(directory + '/port.new', 'w') as port:
        port.write(str(server.sockets[0].getsockname()[1]))
    os.rename(directory + '/port.new', directory + '/port')
    await server.start_serving()
    # It ends with the test that started it, however that ends.
    while os.getppid() == parent:
        await asyncio.sleep(1)

asyncio.run(serve())
