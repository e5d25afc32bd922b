/** Where credentials for the bus are asked for. The group is Nestor's own. */
export const busGroup = 'bus.nestor.dev';
export const busVersion = 'v1alpha1';
export const busCredentials = { group: busGroup, resource: 'buscredentials' } as const;
export const busCredentialKind = 'BusCredential';
