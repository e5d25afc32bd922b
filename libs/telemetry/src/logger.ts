import { pino, type Logger as PinoLogger } from 'pino';
import { turnDestination } from './turn-destination';

export type Logger = PinoLogger;

let root: Logger | undefined;
// Loggers are made when a module is loaded, before the configuration is known, so the level is set on them later.
const followers = new Set<Logger>();

function rootLogger(): Logger {
  root ??= pino(
    {
      base: { pid: process.pid },
      level: 'info',
      messageKey: 'message',
      errorKey: 'error',
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    // Synchronous within the turn: the last lines before a crash are the ones that matter.
    turnDestination(2),
  );
  return root;
}

/** A logger for one part of a process. Without a level of its own it follows `setLogLevel`. */
export function createLogger(component: string, level?: string): Logger {
  const logger = rootLogger().child({ component }, level ? { level } : {});
  if (!level) followers.add(logger);
  return logger;
}

export function setLogLevel(level: string): void {
  rootLogger().level = level;
  for (const logger of followers) logger.level = level;
}
