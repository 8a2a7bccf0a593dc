/** One way to talk to the gateway: typed reads, commands that are carried out once, one kind of refusal. */
import { TAB } from '@/personal/tab';
import type { Attachment, CommandResult } from './types';

/** The gateway refused: `code` is stable, `detail` a sentence for a person. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
  ) {
    super(detail);
  }
}

/** No answer came: the network or the server is away, and what became of the request is unknown. */
export class Unreachable extends Error {}

type Value = string | number | boolean | undefined | null;
export type Query = Record<string, Value | readonly string[]>;

let onSignedOut: () => void = () => {};

/** What to do when a request is answered with 401. */
export function whenSignedOut(handler: () => void): void {
  onSignedOut = handler;
}

export function url(path: string, query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (Array.isArray(value)) value.forEach((each: string) => parameters.append(name, each));
    else if (value !== undefined && value !== null && value !== '') parameters.append(name, String(value));
  }
  const text = parameters.toString();
  return `/api${path}${text ? `?${text}` : ''}`;
}

export function get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> {
  return send<T>('GET', url(path, query), undefined, signal);
}

/** `last`: the page may be going away; a small body still arrives. */
export function change<T>(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown, last = false): Promise<T> {
  return send<T>(method, url(path), body, undefined, last);
}

async function send<T>(method: string, address: string, body?: unknown, signal?: AbortSignal, keepalive = false): Promise<T> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (method !== 'GET') Object.assign(headers, { 'X-Nitka-Request': '1', 'X-Nitka-Tab': TAB });
  if (body !== undefined) headers['content-type'] = 'application/json';
  let response: Response;
  try {
    response = await fetch(address, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
      keepalive,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Unreachable('The server does not answer.');
  }
  if (!response.ok) throw await problemOf(response, address);
  return response.status === 204 ? (undefined as T) : ((await response.json()) as T);
}

async function problemOf(response: Response, address: string): Promise<Problem> {
  const problem = parseProblem(response.status, await response.text());
  if (problem.status === 401 && !address.startsWith('/api/session')) onSignedOut();
  return problem;
}

/** A refusal from its body; a body that is no problem document (a proxy's page) gets a general code. */
export function parseProblem(status: number, text: string): Problem {
  try {
    const body = JSON.parse(text) as { code?: unknown; detail?: unknown };
    if (typeof body.code === 'string') return new Problem(status, body.code, String(body.detail ?? ''));
  } catch {
    return new Problem(status, `http_${status}`, '');
  }
  return new Problem(status, `http_${status}`, '');
}

/** Whether nobody knows if the request was carried out, so that sending it again with the same id is right. */
export function isUncertain(error: unknown): boolean {
  return error instanceof Unreachable || (error instanceof Problem && [502, 503, 504].includes(error.status));
}

const PAUSES_MS = [400, 1200, 3000];

export type CommandBody = { command_id: string } & Record<string, unknown>;

/** Send a command. While its outcome is uncertain it is sent again with the same `command_id`. */
export function command(
  conversationId: string,
  action: string,
  body: CommandBody,
  pauses?: readonly number[],
): Promise<CommandResult> {
  return carry(`/conversations/${conversationId}/${action}`, body, pauses);
}

/** The command that begins a conversation. */
export function startConversation(body: CommandBody): Promise<CommandResult> {
  return carry('/conversations', body);
}

async function carry(path: string, body: CommandBody, pauses: readonly number[] = PAUSES_MS): Promise<CommandResult> {
  for (const pause of pauses) {
    try {
      return await change<CommandResult>('POST', path, body);
    } catch (error) {
      if (!isUncertain(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
  return change<CommandResult>('POST', path, body);
}

/** Upload a file; `onProgress` gets the share sent, 0 to 1. `abort` of the result stops it. */
export function upload(file: File, onProgress: (share: number) => void): { done: Promise<Attachment>; abort: () => void } {
  const request = new XMLHttpRequest();
  const done = new Promise<Attachment>((resolve, reject) => {
    request.open('POST', url('/attachments', { filename: file.name || 'file' }));
    request.setRequestHeader('X-Nitka-Request', '1');
    request.setRequestHeader('content-type', file.type || 'application/octet-stream');
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    };
    request.onerror = () => reject(new Unreachable('The upload broke off.'));
    request.onabort = () => reject(new DOMException('aborted', 'AbortError'));
    request.onload = () => {
      if (request.status === 401) onSignedOut();
      if (request.status >= 200 && request.status < 300) resolve(JSON.parse(request.responseText) as Attachment);
      else reject(parseProblem(request.status, request.responseText));
    };
    request.send(file);
  });
  return { done, abort: () => request.abort() };
}
