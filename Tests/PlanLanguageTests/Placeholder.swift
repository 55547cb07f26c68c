// PlanLanguage
