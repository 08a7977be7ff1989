"""Events of SaaS tools that post them: verified, split, and made events of the plan."""
