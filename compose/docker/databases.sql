-- One database and one login for each service.
create role ins_product_aggregator login;
create database ins_product_aggregator owner ins_product_aggregator;
create role core_app login;
create database core_app owner core_app;
create role ins_comp_settlement login;
create database ins_comp_settlement owner ins_comp_settlement;
