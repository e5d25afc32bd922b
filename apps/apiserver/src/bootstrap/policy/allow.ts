import type { PolicyRule } from '@nestor/auth';

const words = (text: string): string[] => text.split(' ').sort();

/** Stands for the group without a name in the tables of rules. */
const core = 'core';

export const read = 'get list watch';
export const write = 'create delete deletecollection patch update';

/** A rule from words with blanks between them, each list sorted as upstream's builder does. */
export function allow(verbs: string, apiGroups: string, resources: string, names?: string): PolicyRule {
  return {
    apiGroups: apiGroups
      .split(' ')
      .map((group) => (group === core ? '' : group))
      .sort(),
    ...(names ? { resourceNames: words(names) } : {}),
    resources: words(resources),
    verbs: words(verbs),
  };
}

export const allowPaths = (verbs: string, paths: string): PolicyRule => ({
  nonResourceURLs: words(paths),
  verbs: words(verbs),
});

export const writeEvents = allow('create patch update', 'core events.k8s.io', 'events');
