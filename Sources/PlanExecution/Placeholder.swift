// PlanExecution
