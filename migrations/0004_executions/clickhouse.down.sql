DROP VIEW agent_costs_daily;
DROP TABLE execution_events;
DROP TABLE executions_archive;
