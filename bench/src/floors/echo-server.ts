import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';

/**
 * The floor for HTTP: bare node:https that reads the body and sends as many bytes as the path asks for (/1024), from one
 * buffer made beforehand. Started as a process of its own: node echo-server.js <port> <certificate> <key>
 */
const [port, certificate, key] = process.argv.slice(2);
const answers = new Map<string, Buffer>();

const server = createServer({ cert: readFileSync(certificate!), key: readFileSync(key!) }, (request, response) => {
  request.on('data', () => undefined);
  request.on('end', () => {
    const url = request.url ?? '/0';
    let answer = answers.get(url);
    if (!answer) answers.set(url, (answer = Buffer.alloc(Number(url.slice(1)), 0x20)));
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': answer.length });
    response.end(answer);
  });
});
server.keepAliveTimeout = 120_000;
server.listen(Number(port), '127.0.0.1');
