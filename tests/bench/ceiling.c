/* SPDX-License-Identifier: ISC */

/*
 * The ceiling: a FastCGI program as libfcgi's manual has it, which reads the
 * body and answers without storing anything.  What a web server and libfcgi
 * can do here; nothing that stores alerts is faster behind the same server.
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include <fcgiapp.h>

#define WORKERS 64 /* as many as the responder has by default */
#define STACK_BYTES (256 * 1024)

static pthread_mutex_t accepting = PTHREAD_MUTEX_INITIALIZER;

static void
answer(FCGX_Request *request)
{
	static const char text[] = "Status: 200 OK\r\n"
				   "Content-Type: application/json\r\n"
				   "Content-Length: 21\r\n"
				   "\r\n"
				   "{\"outcome\":\"created\"}";
	char body[8192];

	while (FCGX_GetStr(body, sizeof(body), request->in) > 0)
		;
	FCGX_PutStr(text, sizeof(text) - 1, request->out);
	FCGX_Finish_r(request);
}

static void *
work(void *arg)
{
	FCGX_Request request;
	int rc;

	(void)arg;
	FCGX_InitRequest(&request, 0, 0);
	for (;;) {
		pthread_mutex_lock(&accepting);
		rc = FCGX_Accept_r(&request);
		pthread_mutex_unlock(&accepting);
		if (rc == -1)
			return NULL;
		answer(&request);
	}
}

int
main(void)
{
	pthread_attr_t attr;
	pthread_t worker;

	if (FCGX_Init() != 0)
		return EXIT_FAILURE;
	/* libfcgi's handler waits for a request that may never come. */
	signal(SIGTERM, SIG_DFL);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	for (int i = 1; i < WORKERS; i++)
		if (pthread_create(&worker, &attr, work, NULL) != 0)
			return EXIT_FAILURE;
	work(NULL);
	return EXIT_SUCCESS;
}
