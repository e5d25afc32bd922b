/** Says which ServiceCIDRs are ready, and keeps one while addresses of Services have no other. */
export { ServiceCidrModule } from './service-cidr.module';
