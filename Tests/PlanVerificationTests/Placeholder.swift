// PlanVerification
