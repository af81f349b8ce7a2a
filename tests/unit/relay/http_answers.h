/* SPDX-License-Identifier: ISC */
#ifndef HTTP_ANSWERS_H
#define HTTP_ANSWERS_H

/* What relay/http_sink.h answers, by the path. */
static const struct sink_answer {
	const char *path, *answer;
} sink_answers[] = {
    {"/200", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"},
    {"/204", "HTTP/1.1 204 No Content\r\n\r\n"},
    {"/302",
	"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest"
	"\r\nContent-Length: 0\r\n\r\n"},
    {"/400", "HTTP/1.1 400 Bad\r\nContent-Length: 14\r\n\r\ninvalid_fields"},
    {"/410", "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n"},
    {"/429-seconds",
	"HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n"},
    {"/429-json",
	"HTTP/1.1 429 Slow\r\nRetry-After: 1\r\nContent-Length: 20\r\n\r\n"
	"{\"retry_after\": 2.5}"},
    {"/503-date",
	"HTTP/1.1 503 Busy\r\nRetry-After: Fri, 31 Dec 2100 23:59:59 GMT\r\n"
	"Content-Length: 0\r\n\r\n"},
    {"/503", "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"},
    {"/sEcReT-in-the-path",
	"HTTP/1.1 500 No\r\nContent-Length: 32\r\n\r\n"
	"no such hook: sEcReT-in-the-path"},
    {"/half", "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nok"},
    {"/nothing", ""},
    {"/rubbish", "SSH-2.0-OpenSSH_9.2\r\n"},
};

#endif
