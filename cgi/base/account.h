/* SPDX-License-Identifier: ISC */
#ifndef BASE_ACCOUNT_H
#define BASE_ACCOUNT_H

#define ACCOUNT_BYTES 256

/*
 * Name the host and the effective user, or the user's number if it has no
 * name: by both, the operator's tool recognizes a responder.
 */
void account_host(char host[ACCOUNT_BYTES]);
void account_user(char user[ACCOUNT_BYTES]);

#endif
