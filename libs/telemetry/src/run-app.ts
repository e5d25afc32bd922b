import 'reflect-metadata';
import type { DynamicModule, INestApplicationContext, Type } from '@nestjs/common';
import { ConfigError, HelpRequested, loadConfig, type CommonConfig } from '@nestor/config';
import { health } from './health-checks';
import { watchLifeline } from './lifeline';
import { createLogger, setLogLevel, type Logger } from './logger';
import { NestLogger } from './nest-logger';
import { startObservability, type ObservabilityServer } from './observability-server';
import { flushTracing, initTracing } from './tracing';

type NestModule = DynamicModule | Type<unknown>;

export interface AppDefinition<C extends CommonConfig> {
  /** The name in logs, traces and NESTOR_<APP>_<OPTION>. */
  app: string;
  about?: string;
  config: new () => C;
  module: (config: C) => NestModule | Promise<NestModule>;
  /** Begins the work once the modules are wired. What it opens is closed by Nest's shutdown hooks. */
  start?: (context: INestApplicationContext, config: C) => void | Promise<void>;
  /** Another way to make the Nest application, such as a microservice. */
  create?: (module: NestModule, config: C, logger: NestLogger) => Promise<INestApplicationContext>;
  /** How long the orderly end may take before the process ends all the same. */
  shutdownTimeoutMs?: number;
}

/** Runs an app until a signal or its supervisor's end. Prints one clear line and exits non-zero if it cannot start. */
export async function runApp<C extends CommonConfig>(definition: AppDefinition<C>): Promise<void> {
  const config = configOrExit(definition);
  setLogLevel(config.logLevel);
  const log = createLogger(definition.app);
  initTracing({ service: definition.app, file: config.tracingFile, endpoint: config.tracingEndpoint });

  const running: Running = { stopping: false };
  const stop = (why: string) => void shutDown(running, { why, log, timeoutMs: definition.shutdownTimeoutMs ?? 20_000 });
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  watchLifeline(() => stop('the supervisor is gone'));
  process.on('uncaughtException', (error) => die(log, error, 'uncaught exception'));
  process.on('unhandledRejection', (error) => die(log, error, 'unhandled rejection'));

  try {
    if (config.observabilityPort > 0) {
      health.addReadyCheck('startup', () => {
        if (!running.started) throw new Error('still starting');
      });
      running.server = await startObservability({ host: config.observabilityHost, port: config.observabilityPort });
    }
    const module = await definition.module(config);
    running.context = await createContext(definition, module, config, new NestLogger(log));
    await definition.start?.(running.context, config);
    running.started = true;
    log.info('started');
  } catch (error) {
    // One line for whoever started it; the stack is in the log at debug level.
    log.debug({ error }, 'start failed');
    process.stderr.write(`${definition.app}: cannot start: ${messages(error)}\n`);
    await flushTracing().catch(() => undefined);
    process.exit(1);
  }
}

interface Running {
  context?: INestApplicationContext;
  server?: ObservabilityServer;
  started?: boolean;
  stopping: boolean;
}

function configOrExit<C extends CommonConfig>({ app, about, config }: AppDefinition<C>): C {
  try {
    return loadConfig(config, { app, about });
  } catch (error) {
    if (error instanceof HelpRequested) {
      process.stdout.write(error.text);
      process.exit(error.exitCode);
    }
    if (error instanceof ConfigError) {
      process.stderr.write(`${error.message}\n`);
      process.exit(error.exitCode);
    }
    throw error;
  }
}

async function createContext<C extends CommonConfig>(
  definition: AppDefinition<C>,
  module: NestModule,
  config: C,
  logger: NestLogger,
): Promise<INestApplicationContext> {
  if (definition.create) return definition.create(module, config, logger);
  const { NestFactory } = require('@nestjs/core') as typeof import('@nestjs/core');
  return NestFactory.createApplicationContext(module, { logger, abortOnError: false });
}

async function shutDown(
  running: Running,
  { why, log, timeoutMs }: { why: string; log: Logger; timeoutMs: number },
): Promise<void> {
  if (running.stopping) {
    log.warn('told to stop a second time: ending at once');
    process.exit(1);
  }
  running.stopping = true;
  log.info({ why }, 'stopping');
  setTimeout(() => {
    log.error({ timeoutMs }, 'the orderly end took too long');
    process.exit(1);
  }, timeoutMs).unref();
  try {
    await running.context?.close();
    await running.server?.close();
    await flushTracing();
    log.info('stopped');
    process.exit(0);
  } catch (error) {
    log.error({ error }, 'the orderly end failed');
    process.exit(1);
  }
}

function die(log: Logger, error: unknown, what: string): never {
  log.fatal({ error }, what);
  process.exit(1);
}

function messages(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // A refused connection to several addresses has its text only inside.
  const inner = error instanceof AggregateError ? error.errors.map(messages).join('; ') : '';
  const text = error.message || inner || error.name;
  return error.cause ? `${text}: ${messages(error.cause)}` : text;
}
