/** Makes the claims that pods ask for by template, and gives devices back when no pod uses them any more. */
export { ResourceClaimModule } from './resource-claim.module';
